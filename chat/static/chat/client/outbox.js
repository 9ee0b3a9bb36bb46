import { uuid } from "./uuid.js"

// What was written and not yet accepted, oldest first. Kept in `storage` (of localStorage's interface), one key per
// draft, so that a reload, a crash or a dead network loses nothing and two tabs don't overwrite each other.
//
// Of each conversation only the first draft is on its way: a `busy` answer never lets a later one overtake it.
// A draft that failed for good waits for its writer's decision and holds up nobody.
export class Outbox {
  #storage
  #prefix
  #now
  #drafts = new Map()
  #due = new Map() // client_id → when it may be sent (again)
  persistent = true

  constructor({ storage, user, now = Date.now }) {
    this.#storage = storage
    this.#prefix = `imsite.outbox.${user}.`
    this.#now = now
    for (const draft of this.#stored()) this.#drafts.set(draft.client_id, draft)
  }

  // All of them, in the order in which they were written.
  all() { return [...this.#drafts.values()] }

  of(conversation) { return this.all().filter((draft) => draft.conversation === conversation) }

  get(clientId) { return this.#drafts.get(clientId) }

  add({ conversation, to, body, kind, data, reply_to }) {
    const draft = { client_id: uuid(), conversation, to, body, kind, data, reply_to, order: this.#nextOrder() }
    draft.created_at = new Date(this.#now()).toISOString()
    this.#keep(draft)
    return draft
  }

  // The drafts whose turn it is.
  ready() {
    return this.#firsts().filter((draft) => (this.#due.get(draft.client_id) ?? 0) <= this.#now())
  }

  // When the next turn comes, or null when nothing waits.
  nextTurn() {
    const turns = this.#firsts().map((draft) => this.#due.get(draft.client_id) ?? 0)
    return turns.length ? Math.min(...turns) : null
  }

  // Not again before `when`: it is on its way, or the server asked for time.
  wait(clientId, when) { if (this.#drafts.has(clientId)) this.#due.set(clientId, when) }

  // Those that were sent on this connection and have no final answer.
  started() { return this.all().filter((draft) => !draft.failed && this.#due.has(draft.client_id)) }

  // A new connection: nothing is on its way any more.
  reconnected() { this.#due.clear() }

  // The server stored it. Returns the draft, or undefined when it was none of ours.
  accepted(clientId) { return this.#drop(clientId) }

  failed(clientId, { code, message }) {
    const draft = this.#drafts.get(clientId)
    if (draft) this.#keep({ ...draft, failed: { code, message } })
  }

  // Try a failed one again, as the last of what waits. After a conflict its id belongs to another message.
  retry(clientId) {
    const { failed, ...draft } = this.#drop(clientId) ?? {}
    if (!draft.client_id) return undefined
    draft.order = this.#nextOrder()
    if (failed?.code === "conflict") draft.client_id = uuid()
    this.#keep(draft)
    return draft
  }

  discard(clientId) { return this.#drop(clientId) }

  #firsts() {
    const firsts = new Map()
    for (const draft of this.#drafts.values()) {
      const place = draft.conversation ?? `to ${draft.to}`
      if (!draft.failed && !firsts.has(place)) firsts.set(place, draft)
    }
    return [...firsts.values()]
  }

  #nextOrder() {
    return Math.max(this.#now(), ...this.all().map((draft) => draft.order + 1))
  }

  #keep(draft) {
    this.#drafts.set(draft.client_id, draft)
    try {
      this.#storage.setItem(this.#prefix + draft.client_id, JSON.stringify(draft))
    } catch {
      this.persistent = false // the storage is full or forbidden: it is kept as long as the page is open
    }
  }

  #drop(clientId) {
    const draft = this.#drafts.get(clientId)
    this.#drafts.delete(clientId)
    this.#due.delete(clientId)
    try { this.#storage.removeItem(this.#prefix + clientId) } catch { this.persistent = false }
    return draft
  }

  #stored() {
    try {
      const keys = Array.from({ length: this.#storage.length }, (_, place) => this.#storage.key(place))
      const drafts = keys.filter((key) => key.startsWith(this.#prefix)).map((key) => JSON.parse(this.#storage.getItem(key)))
      return drafts.sort((one, other) => one.order - other.order)
    } catch {
      this.persistent = false
      return []
    }
  }
}
