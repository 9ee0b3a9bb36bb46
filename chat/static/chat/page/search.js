import { systemClock } from "../client/clock.js"

const SOON = 200 // ms without another key after which the server is asked
const PEOPLE = 6, GROUPS = 6, MESSAGES = 20 // that one look shows

// What a search finds: people and messages by the server, conversations also by what the page knows. Knows no `document`.
//
// `find` is { people(q, limit), groups(q, limit), messages(q, limit), local(q) }: promises of lists, `local` a list.
export class Search {
  text = ""
  people = []
  conversations = []
  messages = []
  asking = false
  failed = false
  #find
  #changed
  #clock
  #timer = null
  #round = 0 // counts up with every text: an answer to an earlier one is not wanted any more

  constructor({ find, changed, clock = systemClock }) {
    this.#find = find
    this.#changed = changed
    this.#clock = clock
  }

  get active() { return this.text !== "" }

  get empty() { return !this.people.length && !this.conversations.length && !this.messages.length }

  // What is in the field now. What the page knows is shown at once, what the server knows soon.
  ask(text) {
    const wanted = text.trim()
    if (wanted === this.text) return
    this.text = wanted
    this.#round += 1
    this.#clock.clearTimeout(this.#timer)
    this.failed = false
    this.asking = this.active
    this.conversations = this.active ? this.#find.local(wanted).slice(0, GROUPS) : []
    if (!this.active) this.people = this.messages = []
    else this.#timer = this.#clock.setTimeout(() => this.#ask(wanted), SOON)
    this.#changed()
  }

  clear() { this.ask("") }

  async #ask(text) {
    const round = this.#round
    const answers = await Promise.allSettled([
      this.#find.people(text, PEOPLE), this.#find.groups(text, GROUPS), this.#find.messages(text, MESSAGES),
    ])
    if (round !== this.#round) return
    const [people, groups, messages] = answers.map(({ value }) => value ?? [])
    this.asking = false
    this.failed = answers.some(({ status }) => status === "rejected")
    this.people = people
    this.conversations = [...new Set([...this.conversations, ...groups])].slice(0, GROUPS)
    this.messages = messages
    this.#changed()
  }
}
