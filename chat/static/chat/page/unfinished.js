const NOTHING = { body: "", reply_to: null, called: [] }

// What somebody began to write, per conversation, kept in `storage` (of localStorage's interface) over reloads. Where
// that is forbidden or full, it lives as long as the page. Knows no `document`.
export class Unfinished {
  #storage
  #prefix
  #unstored = new Map() // conversation id → what the storage would not take

  constructor({ storage, user }) {
    this.#storage = storage
    this.#prefix = `imsite.unfinished.${user}.`
  }

  // { body, reply_to: the id of the message that it answers, or null, called: whom it calls by name, [{ id, name }] }
  get(conversation) {
    if (this.#unstored.has(conversation)) return this.#unstored.get(conversation)
    try {
      const { body, reply_to, called } = JSON.parse(this.#storage.getItem(this.#prefix + conversation)) ?? NOTHING
      return typeof body === "string" ? { body, reply_to: Number.isInteger(reply_to) ? reply_to : null, called: people(called) } : NOTHING
    } catch {
      return NOTHING
    }
  }

  // Nothing was begun.
  forget() {
    this.#unstored.clear()
    try {
      const keys = Array.from({ length: this.#storage.length }, (_, place) => this.#storage.key(place))
      for (const key of keys) if (key.startsWith(this.#prefix)) this.#storage.removeItem(key)
    } catch { /* forbidden: it is not there either */ }
  }

  // Of which conversation another tab changed what was begun, by the key of an event `storage`; null where of none.
  conversationOf(key) { return key?.startsWith(this.#prefix) ? Number(key.slice(this.#prefix.length)) : null }

  set(conversation, { body, reply_to, called = [] }) {
    const key = this.#prefix + conversation
    try {
      if (body || reply_to) this.#storage.setItem(key, JSON.stringify({ body, reply_to, called }))
      else this.#storage.removeItem(key)
      this.#unstored.delete(conversation)
    } catch {
      this.#unstored.set(conversation, { body, reply_to, called })
    }
  }
}

function people(called) {
  const known = Array.isArray(called) ? called.filter((person) => Number.isInteger(person?.id) && typeof person.name === "string") : []
  return known.map(({ id, name }) => ({ id, name }))
}
