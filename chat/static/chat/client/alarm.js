import { systemClock } from "./clock.js"

const EVERY = 1_500 // ms

// Notices what no event tells: that the machine has slept, or that its clock or the day is another one. It looks at the
// clock all the time, and a look that comes too late or too early says so.
export class Alarm {
  #clock; #woke; #newTime
  #timer = null
  #last = 0
  #day = ""

  // `woke`: time has passed that we have not lived through. `newTime`: what was said of times and days is wrong by now.
  constructor({ woke, newTime, clock = systemClock }) {
    this.#clock = clock
    this.#woke = woke
    this.#newTime = newTime
  }

  start() {
    this.#last = this.#clock.now()
    this.#day = day(this.#last)
    this.#later()
  }

  stop() { this.#clock.clearTimeout(this.#timer) }

  #later() {
    this.stop()
    this.#timer = this.#clock.setTimeout(() => this.#look(), EVERY)
  }

  #look() {
    const now = this.#clock.now(), away = now - this.#last - EVERY
    const jumped = away > 2 * EVERY || away < -EVERY, today = day(now)
    const changed = jumped || today !== this.#day
    this.#last = now
    this.#day = today
    this.#later()
    if (jumped) this.#woke()
    if (changed) this.#newTime()
  }
}

// The day that it is here, and how far from UTC here is.
const day = (time) => `${new Date(time).toDateString()} ${new Date(time).getTimezoneOffset()}`
