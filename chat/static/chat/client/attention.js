// What the person looks at, in any tab of this browser: a Web Lock that ends with its tab says so. Where there are no
// locks, each tab knows of itself only.
export class Attention {
  #name; #locks
  #on = null
  #end = () => {}

  constructor({ name, locks }) {
    this.#name = name
    this.#locks = locks
  }

  look(conversation) {
    if (conversation === this.#on) return
    this.#end()
    this.#on = conversation
    this.#end = () => {}
    if (conversation === null || !this.#locks) return
    const looking = new Promise((resolve) => { this.#end = resolve })
    this.#locks.request(this.#lockOf(conversation), { mode: "shared" }, () => looking).catch(() => {}) // forbidden
  }

  async isOn(conversation) {
    if (conversation === this.#on) return true
    try {
      const { held } = await this.#locks.query()
      return held.some(({ name }) => name === this.#lockOf(conversation))
    } catch {
      return false
    }
  }

  #lockOf(conversation) { return `${this.#name}.${conversation}` }
}
