// What one reads stays where it is: the first message in view is remembered by how far down it is in the whole, and
// when that changes, the whole is scrolled as far. Browsers do this themselves, but not all of them, not at the very
// top, and not for what a script put there; so it is switched off in the stylesheet (overflow-anchor), and done here.
export class ReadingPlace {
  #log
  #kept = null // { element, top, height, width, scrollTop }: where it was, and the log's width and place then

  constructor(log) { this.#log = log }

  forget() { this.#kept = null }

  keep() {
    const element = this.firstInView()
    const { clientWidth: width, scrollTop } = this.#log
    this.#kept = element ? { element, top: this.#topOf(element), height: element.offsetHeight, width, scrollTop } : null
  }

  // After anything that may have moved it. What was remembered by a scroll that is not over yet is good too: how far
  // down a message is does not depend on that.
  restore() {
    const moved = this.#kept?.element.isConnected ? this.#moved(this.#kept) : 0
    const from = this.#unclamped()
    if (Math.abs(from + moved - this.#log.scrollTop) >= 0.5) this.#log.scrollTop = from + moved
    this.keep()
  }

  // Of one that begins above, a part was read; in another width that part is as much longer or shorter as the whole.
  #moved({ element, top, height, width, scrollTop }) {
    const past = Math.max(0, Math.min(height, scrollTop - top))
    const stretched = width === this.#log.clientWidth || !height ? 0 : past * (element.offsetHeight / height - 1)
    return this.#topOf(element) - top + stretched
  }

  // Where what is below became shorter, or the log higher, the browser has pulled it down before we could say where to.
  #unclamped() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log
    const pulled = this.#kept && scrollTop >= scrollHeight - clientHeight - 1 && scrollTop < this.#kept.scrollTop
    return pulled ? this.#kept.scrollTop : scrollTop
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
