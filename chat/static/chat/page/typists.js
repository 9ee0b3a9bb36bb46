import { systemClock } from "../client/clock.js"

const LASTS = 5_000 // ms for which a hint holds, as the protocol says

// Who is typing where. Hints come every few seconds while somebody does. Knows no `document`.
export class Typists {
  #until = new Map() // conversation → user → when the last hint is over
  #clock

  constructor({ clock = systemClock } = {}) { this.#clock = clock }

  heard({ conversation, user }) {
    if (!this.#until.has(conversation)) this.#until.set(conversation, new Map())
    this.#until.get(conversation).set(user, this.#clock.elapsed() + LASTS)
  }

  // The message ends it.
  said({ conversation, sender }) { this.#until.get(conversation)?.delete(sender) }

  // The ids of who types there now, the longest at it first.
  in(conversation) {
    const now = this.#clock.elapsed()
    const users = this.#until.get(conversation) ?? new Map()
    for (const [user, until] of users) if (until <= now) users.delete(user)
    return [...users.keys()]
  }

  // In how many ms the next one is over; null when nobody types.
  get next() {
    for (const conversation of this.#until.keys()) this.in(conversation)
    const times = [...this.#until.values()].flatMap((users) => [...users.values()])
    return times.length ? Math.max(0, Math.min(...times) - this.#clock.elapsed()) : null
  }
}
