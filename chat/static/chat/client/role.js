const ANSWER_WITHIN = 2_000 // ms in which a holder that is asked says that it is there

// Something that one tab at a time does for all tabs of the browser. Whoever wants it gets it when the holder leaves it,
// closes or crashes. Where there are no Web Locks (they need HTTPS or localhost), every tab that wants it has it.
export class Role {
  held = false
  #name; #locks; #tabs; #clock; #changed
  #asked = null // an AbortController while we are asking for it or have it
  #leave = null
  #doubt = null

  constructor({ name, locks, tabs, clock, changed }) {
    this.#name = name
    this.#locks = locks
    this.#tabs = tabs
    this.#clock = clock
    this.#changed = changed
    tabs.on("who has the role?", () => { if (this.held) tabs.say("I have the role") })
    tabs.on("I have the role", () => this.#trust())
  }

  want() {
    if (this.#asked) return
    const asked = this.#asked = new AbortController()
    if (!this.#locks) return this.#take(asked)
    this.#request(asked, { signal: asked.signal })
  }

  leave() {
    const asked = this.#asked
    this.#asked = null
    this.#trust()
    asked?.abort()
    this.#leave?.()
    this.#lose()
  }

  // Nothing of what the role is for is done. Maybe its holder is frozen: a tab that does not answer loses it to us.
  doubt() {
    if (this.held || !this.#asked || this.#doubt !== null) return
    this.#doubt = this.#clock.setTimeout(() => { this.#trust(); this.#steal() }, ANSWER_WITHIN)
    this.#tabs.say("who has the role?")
  }

  #trust() {
    this.#clock.clearTimeout(this.#doubt)
    this.#doubt = null
  }

  #steal() {
    this.#asked.abort()
    this.#request(this.#asked = new AbortController(), { steal: true })
  }

  async #request(asked, options) {
    try {
      await this.#locks.request(this.#name, options, () => this.#take(asked))
    } catch (error) {
      if (asked !== this.#asked) return // we have left it, or ask anew
      if (error.name !== "AbortError") this.#locks = null // they are forbidden here
      this.#asked = null
      this.#lose()
      this.want() // it was stolen: we were slow, and stand at the end of the line
    }
  }

  // Ours until the promise is fulfilled.
  #take(asked) {
    if (asked !== this.#asked) return undefined
    this.held = true
    const left = new Promise((resolve) => { this.#leave = resolve })
    this.#trust()
    this.#changed()
    return left
  }

  #lose() {
    const had = this.held
    this.held = false
    this.#leave = null
    if (had) this.#changed()
  }
}
