import { showAvatar } from "./avatar.js"
import { clone, setText, sync } from "./dom.js"
import { gettext, pgettext } from "./i18n.js"
import { whoHas } from "./message_rules.js"
import { get } from "./rest.js"
import { fullTime, shortTime } from "./times.js"

// Who has a message and who has read it, and when: of one's own messages, as the server traced them.
export class Readers {
  #dialog = document.querySelector("#readers-dialog")
  #note = this.#dialog.querySelector(".note")
  #list = this.#dialog.querySelector("ul")
  #url
  #round = 0 // counts up: an answer that comes after it was closed is not wanted any more

  constructor({ url }) {
    this.#url = url
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close())
    this.#dialog.addEventListener("click", ({ target }) => { if (target === this.#dialog) this.#dialog.close() })
    this.#dialog.addEventListener("close", () => { this.#round += 1 })
  }

  async open(message) {
    const round = ++this.#round
    this.#show([], gettext("Loading…"))
    this.#dialog.showModal()
    try {
      const people = await this.#fetch(message)
      if (round === this.#round) this.#show(people, people.length ? null : gettext("Nobody else is here."))
    } catch {
      if (round === this.#round) this.#show([], gettext("This could not be loaded."))
    }
  }

  async #fetch({ id, sender }) {
    const steps = []
    for (let cursor = 0; cursor !== null;) {
      const { results, next } = await get(`${this.#url}/${id}/trace`, { cursor })
      steps.push(...results)
      cursor = next
    }
    return whoHas(steps, sender)
  }

  #show(people, note) {
    this.#note.hidden = !note
    if (note) setText(this.#note, note)
    sync(this.#list, people, { key: ({ id }) => id, create: () => clone("reader-template"), update: fill })
  }
}

function stateName(state) {
  switch (state) {
    case "read": return pgettext("of one reader", "Read")
    case "sent": return pgettext("of one reader", "Delivered")
    default: return pgettext("of one reader", "Not delivered yet")
  }
}

function fill(element, { state, at, ...person }) {
  showAvatar(element.querySelector(".avatar"), person)
  setText(element.querySelector("bdi"), person.name)
  setText(element.querySelector(".state"), stateName(state))
  const time = element.querySelector("time")
  time.hidden = !at
  if (!at) return
  const date = new Date(at)
  time.dateTime = at
  time.title = fullTime(date)
  setText(time, shortTime(date))
}
