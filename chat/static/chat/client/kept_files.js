// The files of drafts that wait for them, kept in the browser until they are on the server; and which of the tabs takes them
// there. A draft names them in its `files`, each by its `key`.
export class KeptFiles {
  #store // of browser_store.js's interface, or null
  #user
  #locks

  constructor({ store, user, locks }) {
    this.#store = store
    this.#user = user
    this.#locks = locks
  }

  // Keep [{ key, file }], once their draft is kept. Whether that could be: a disk may be full, a file gone.
  async keep(files) {
    try {
      await this.#store.keepFiles(this.#user, files)
      return true
    } catch {
      return false // also where there is no store
    }
  }

  // A File, or undefined where it is not kept.
  async get(key) {
    try {
      return await this.#store.file(this.#user, key)
    } catch {
      return undefined
    }
  }

  // Forget what no draft names any more.
  async sweep() {
    try {
      await this.#store.sweepFiles(this.#user)
    } catch { /* the next page does it */ }
  }

  // Calls `granted` when this tab is the one that takes a draft's files to the server: the first that asks is, and when it
  // is gone, the next. Without Web Locks, each. Returns what gives it back.
  hold(clientId, granted) {
    if (!this.#locks) {
      queueMicrotask(granted)
      return () => {}
    }
    const asked = new AbortController()
    let leave
    const left = new Promise((resolve) => { leave = resolve })
    const take = () => { granted(); return left }
    this.#locks.request(`imsite.files.${clientId}`, { signal: asked.signal }, take).catch((error) => {
      if (error.name !== "AbortError") granted() // they are forbidden here
    })
    return () => { asked.abort(); leave() }
  }
}
