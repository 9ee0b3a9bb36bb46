import { systemClock } from "../client/clock.js"

export const PATIENCE = 5 * 60_000 // ms without a sign of somebody, after which nobody is there

// Whether somebody is at this device. `changed(idle)` is told when that changes. Knows no `document`.
export class Idle {
  #clock
  #changed
  #idle = false
  #last
  #timer = null

  constructor({ changed, clock = systemClock }) {
    this.#changed = changed
    this.#clock = clock
    this.seen()
  }

  // Somebody moved, or typed. Called with every sign: one timer runs, however many there are.
  seen() {
    this.#last = this.#clock.elapsed()
    if (this.#idle) this.#changed(this.#idle = false)
    this.#timer ??= this.#clock.setTimeout(() => this.#look(), PATIENCE)
  }

  #look() {
    const left = this.#last + PATIENCE - this.#clock.elapsed()
    this.#timer = left > 0 ? this.#clock.setTimeout(() => this.#look(), left) : null
    if (left <= 0) this.#changed(this.#idle = true)
  }
}
