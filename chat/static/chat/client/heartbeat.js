import { systemClock } from "./clock.js"

const HURRY = 3_000 // ms

// Pings every `every` milliseconds, and calls `dead` when nothing at all was heard for `patience` after a ping.
export class Heartbeat {
  #clock; #every; #patience; #ping; #dead
  #next = null
  #deadline = null
  #deadAt = Infinity

  constructor({ ping, dead, every = 20_000, patience = 10_000, clock = systemClock }) {
    this.#clock = clock
    this.#every = every
    this.#patience = patience
    this.#ping = ping
    this.#dead = dead
  }

  // From the first moment of a connection: it must say something within `patience`.
  start() {
    this.stop()
    this.#expect(this.#patience)
    this.#schedule()
  }

  // Whatever was heard is a sign of life.
  heard() {
    this.#clock.clearTimeout(this.#deadline)
    this.#deadAt = Infinity
  }

  // Ask now: the machine woke up, or the network changed. Asked twice, it is the first time that counts.
  check(patience = HURRY) {
    this.#ping()
    this.#expect(patience)
    this.#schedule()
  }

  // The same where one cannot ask yet.
  hurry() { this.#expect(HURRY) }

  stop() {
    this.#clock.clearTimeout(this.#next)
    this.heard()
  }

  #schedule() {
    this.#clock.clearTimeout(this.#next)
    this.#next = this.#clock.setTimeout(() => this.check(this.#patience), this.#every)
  }

  #expect(patience) {
    const deadAt = this.#clock.elapsed() + patience
    if (deadAt >= this.#deadAt) return
    this.heard()
    this.#deadAt = deadAt
    this.#deadline = this.#clock.setTimeout(() => { this.stop(); this.#dead() }, patience)
  }
}
