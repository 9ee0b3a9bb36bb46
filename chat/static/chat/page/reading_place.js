// What one reads stays where it is: the first message in view is remembered by how far down it is in the whole, and
// when that changes, the whole is scrolled as far. Browsers do this themselves, but not all of them, not at the very
// top, and not for what a script put there; so it is switched off in the stylesheet (overflow-anchor), and done here.
export class ReadingPlace {
  #log
  #kept = null // { element, top }

  constructor(log) { this.#log = log }

  forget() { this.#kept = null }

  keep() {
    const element = this.firstInView()
    this.#kept = element ? { element, top: this.#topOf(element) } : null
  }

  // After anything that may have moved it. What was remembered by a scroll that is not over yet is good too: how far
  // down a message is does not depend on that.
  restore() {
    const { element, top } = this.#kept ?? {}
    const moved = element?.isConnected ? this.#topOf(element) - top : 0
    if (Math.abs(moved) >= 0.5) this.#log.scrollTop += moved
    this.keep()
  }

  firstInView() {
    const { top } = this.#log.getBoundingClientRect()
    return this.#messages.find((element) => element.getBoundingClientRect().bottom > top)
  }

  // The last that is in view to its end, or fills it.
  lastInView() {
    const { top, bottom } = this.#log.getBoundingClientRect()
    return this.#messages.findLast((element) => {
      const box = element.getBoundingClientRect()
      return box.bottom <= bottom + 1 || box.top <= top
    })
  }

  get #messages() { return Array.from(this.#log.querySelectorAll(".message")) }

  #topOf(element) {
    return element.getBoundingClientRect().top - this.#log.getBoundingClientRect().top + this.#log.scrollTop
  }
}
