import { systemClock } from "../client/clock.js"

const SOON = 200 // ms without another key after which the server is asked

// Who may be called by name in the conversation that is open: the members whom the page knows and, of a group that has
// more of them, whom the server finds by what is being written. Knows no `document`.
export class Mentionable {
  #find
  #changed
  #clock
  #conversation = null // { id, kind, members, memberCount, me }
  #count // of its members, when it was shown last
  #shown = summary([])
  #found = new Map() // id → who was found, as long as the conversation is open
  #answered = [] // what was asked for, and answered in full
  #wanted = null // what was asked for last
  #timer = null

  // `find(conversation id, text)` is a promise of { people, complete }; `changed()`: there are other people now
  constructor({ find, changed, clock = systemClock }) {
    this.#find = find
    this.#changed = changed
    this.#clock = clock
  }

  // [{ id, name, avatar }], without oneself; nobody in a conversation of two.
  get people() {
    if (this.#conversation === null || this.#conversation.kind === "direct") return []
    const { members, me } = this.#conversation
    const all = new Map([...this.#found, ...members.map((member) => [member.id, member])])
    all.delete(me)
    return [...all.values()]
  }

  // The conversation as it is now, or null.
  show(conversation) {
    if (conversation?.id !== this.#conversation?.id) this.#forget()
    if (conversation?.memberCount !== this.#count) this.#answered = []
    this.#conversation = conversation
    this.#count = conversation?.memberCount
    const shown = summary(this.people)
    if (shown === this.#shown) return
    this.#shown = shown
    this.#changed()
  }

  // What is being written as a name.
  ask(text) {
    const wanted = text.trim().toLowerCase()
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    this.#clock.clearTimeout(this.#timer)
    if (wanted && this.#hasOthers && !this.#isAnswered(wanted)) this.#timer = this.#clock.setTimeout(() => this.#ask(wanted), SOON)
  }

  get #hasOthers() {
    const { kind, members, memberCount } = this.#conversation ?? {}
    return this.#conversation !== null && kind !== "direct" && members.length < memberCount
  }

  // Who has "bob" in their name has "bo" in it too.
  #isAnswered(text) { return this.#answered.some((part) => text.includes(part)) }

  async #ask(text) {
    const { id } = this.#conversation
    try {
      const { people, complete } = await this.#find(id, text)
      if (id !== this.#conversation?.id) return
      for (const person of people) this.#found.set(person.id, person)
      if (complete) this.#answered.push(text)
      this.#changed()
    } catch {
      if (this.#wanted === text) this.#wanted = null // the next key asks again
    }
  }

  #forget() {
    this.#clock.clearTimeout(this.#timer)
    this.#found.clear()
    this.#answered = []
    this.#wanted = null
  }
}

const summary = (people) => JSON.stringify(people.map(({ id, name, avatar }) => [id, name, avatar]))
