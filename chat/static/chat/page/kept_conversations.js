export const CACHE = "imsite-pages-1" // of the shell's worker: what is in it goes when one signs out
const SOON = 200 // ms in which changes are gathered
const MOST = 200 // conversations

// What one's conversations are called and who is in them, and nothing that was said there: kept in the browser beside the
// page itself, so that a page that was opened without a network has somewhere to write. Knows no `document`.
export class KeptConversations {
  #library
  #caches
  #address
  #timer = null
  #kept = null // as text
  #stopped = false

  // Where `caches` are not to be had, nothing is kept: then the page does not open without a network either.
  constructor({ me, library, caches = globalThis.caches }) {
    this.#library = library
    this.#caches = caches
    this.#address = `/kept-conversations/${me}`
  }

  // Something in the list changed: soon it is kept as it is then.
  changed() { this.#timer ??= setTimeout(() => { this.#timer = null; this.#keep() }, SOON) }

  // For good: nothing is kept any more, also not what was on its way.
  stop() { this.#stopped = true }

  // The state could not be loaded: until it is, what was kept is there. Not for whoever is signed out.
  async standIn(error) {
    if (error.status !== 401) this.#library.takeUp(await this.#all())
  }

  async #all() {
    try {
      const answer = await (await this.#caches.open(CACHE)).match(this.#address)
      return answer ? await answer.json() : []
    } catch {
      return [] // forbidden
    }
  }

  async #keep() {
    const { loaded, state } = this.#library
    const text = JSON.stringify(state.sorted().slice(0, MOST).map(({ frame }) => frame))
    if (this.#stopped || !loaded || text === this.#kept) return
    try {
      const cache = await this.#caches.open(CACHE)
      if (this.#stopped) return
      await cache.put(this.#address, new Response(text))
      this.#kept = text
    } catch {
      // Forbidden or full: one writes when there is a network again.
    }
  }
}
