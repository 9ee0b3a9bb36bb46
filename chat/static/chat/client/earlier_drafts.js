// What the first versions kept in localStorage, one key per draft. Taken over once, then removed.
export class EarlierDrafts {
  #storage
  #prefix

  constructor({ storage, user }) {
    this.#storage = storage
    this.#prefix = `imsite.outbox.${user}.`
  }

  all() {
    try {
      const keys = Array.from({ length: this.#storage.length }, (_, place) => this.#storage.key(place))
      const drafts = keys.filter((key) => key.startsWith(this.#prefix)).map((key) => JSON.parse(this.#storage.getItem(key)))
      return drafts.sort((one, other) => one.order - other.order).map(({ order, ...draft }) => draft)
    } catch {
      return [] // forbidden, or none of ours
    }
  }

  remove(clientId) {
    try { this.#storage.removeItem(this.#prefix + clientId) } catch { /* forbidden: it is not there either */ }
  }
}
