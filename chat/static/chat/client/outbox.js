import { uuid } from "./uuid.js"

const PATIENCE = 5_000 // ms after which a store that does not answer is done without
const REMEMBERED = 500 // accepted ones

// What was written and not yet accepted, oldest first, by all tabs of this browser. What one writes is here at once, and
// kept in `store` a moment later: then a reload, a crash or a dead network loses nothing, and any tab may send it.
// `changed` is called when something changed that nobody here asked for.
//
// Of each conversation only the first draft is on its way: a `busy` answer never lets a later one overtake it.
// A draft that failed for good waits for its writer's decision and holds up nobody. One with `files` waits until they are
// on the server and it is revised: those behind it wait too.
export class Outbox {
  #store // of browser_store.js's interface; null where nothing can be kept
  #user
  #clock
  #tabs
  #changed
  #earlier // of earlier_drafts.js's interface
  #drafts = new Map() // by client_id, in order
  #unsettled = new Map() // client_id → how many changes are on their way to the store: our word goes before its word
  #unkept = new Set() // client_ids of those that the store did not take
  #elsewhere = new Map() // by client_id: what another tab has sent, and nobody has told us as a message yet
  #accepted = new Set() // client_ids: what another tab wrote may be accepted before we hear of it at all
  #due = new Map() // client_id → when it may be sent (again)
  #queue = Promise.resolve()
  #refreshing = null
  #works = true

  constructor({ store, user, clock, tabs, earlier = null, changed }) {
    this.#store = store
    this.#user = user
    this.#clock = clock
    this.#tabs = tabs
    this.#earlier = earlier
    this.#changed = changed
    tabs.on("drafts", () => this.refresh())
    tabs.on("accepted", (id) => this.#acceptedElsewhere(id))
  }

  // Whether what waits outlives the page.
  get persistent() { return this.#works && !this.#unkept.size }

  // All of them, in the order in which they were written.
  all() { return [...this.#drafts.values()] }

  of(conversation) { return this.all().filter((draft) => draft.conversation === conversation) }

  // What is to be shown of a conversation below its messages: what waits, and what another tab has sent. A tab that is not
  // connected, such as one that was replaced, is told no message: it would lose from view what it wrote.
  shown(conversation) {
    const sent = [...this.#elsewhere.values()].filter((draft) => draft.conversation === conversation)
    return [...sent, ...this.of(conversation).filter(({ client_id }) => !this.#elsewhere.has(client_id))]
  }

  get(clientId) { return this.#drafts.get(clientId) }

  // Fulfilled when the store has, or could not take, all that was changed so far.
  get settled() { return this.#queue }

  // Take up what was left, by this version or an earlier one. Once it is fulfilled, it is there.
  open() {
    const earlier = this.#earlier?.all() ?? []
    for (const draft of earlier) this.#drafts.set(draft.client_id, draft)
    return earlier.length ? this.#change({ add: earlier.map(({ client_id }) => client_id) }) : this.refresh()
  }

  // See what other tabs did. Once it is fulfilled, it is there.
  refresh() {
    this.#refreshing ??= this.#change({}, () => { this.#refreshing = null })
    return this.#refreshing
  }

  add({ conversation, to, body, kind, data, reply_to, files }) {
    const created_at = new Date(this.#clock.now()).toISOString()
    const draft = { client_id: uuid(), conversation, to, body, kind, data, reply_to, files, created_at }
    this.#drafts.set(draft.client_id, draft)
    this.#change({ add: [draft.client_id] })
    return draft
  }

  // The drafts whose turn it is. Without `everybodys`, of those that no other tab can send.
  ready(everybodys = true) {
    return this.#firsts(everybodys).filter((draft) => this.#dueAt(draft) <= this.#clock.elapsed())
  }

  // How long until the next turn, in ms; null when nothing waits.
  untilNextTurn(everybodys = true) {
    const turns = this.#firsts(everybodys).map((draft) => this.#dueAt(draft))
    return turns.length ? Math.max(0, Math.min(...turns) - this.#clock.elapsed()) : null
  }

  // Not again within so many ms: it is on its way, or the server asked for time.
  wait(clientId, milliseconds) {
    if (this.#drafts.has(clientId)) this.#due.set(clientId, this.#clock.elapsed() + milliseconds)
  }

  // Those that were sent on this connection and have no final answer.
  started() { return this.all().filter((draft) => !draft.failed && this.#due.has(draft.client_id)) }

  // A new connection: nothing is on its way any more.
  reconnected() { this.#due.clear() }

  // The server stored it. Returns the draft, or undefined when it was none of ours.
  accepted(clientId) {
    this.#elsewhere.delete(clientId)
    if (this.#drafts.has(clientId)) this.#tabs.say("accepted", clientId)
    this.#accepted.add(clientId)
    if (this.#accepted.size > REMEMBERED) this.#accepted.delete(this.#accepted.values().next().value)
    return this.discard(clientId)
  }

  failed(clientId, { code, message }) {
    const draft = this.#drafts.get(clientId)
    if (!draft) return
    this.#drafts.set(clientId, { ...draft, failed: { code, message } })
    this.#change({ change: [clientId] })
  }

  // Change what one says, before it is sent.
  revise(clientId, changes) {
    const draft = this.#drafts.get(clientId)
    if (!draft) return
    this.#drafts.set(clientId, { ...draft, ...changes })
    this.#change({ change: [clientId] })
  }

  // Try a failed one again, as the last of what waits. After a conflict its id belongs to another message.
  retry(clientId) {
    const { failed, order, ...draft } = this.#drop(clientId) ?? {}
    if (!draft.client_id) return undefined
    if (failed?.code === "conflict") draft.client_id = uuid()
    this.#drafts.set(draft.client_id, draft)
    this.#change({ drop: [clientId], add: [draft.client_id] })
    return draft
  }

  discard(clientId) {
    const draft = this.#drop(clientId)
    if (draft) this.#change({ drop: [clientId] })
    return draft
  }

  // The state was loaded anew: it has all that was sent.
  loaded() { this.#elsewhere.clear() }

  #acceptedElsewhere(id) {
    const draft = this.#drafts.get(id)
    if (draft && !this.#accepted.has(id)) this.#elsewhere.set(id, { ...draft, accepted: true })
  }

  #drop(clientId) {
    const draft = this.#drafts.get(clientId)
    this.#drafts.delete(clientId)
    this.#due.delete(clientId)
    this.#unkept.delete(clientId)
    return draft
  }

  #dueAt({ client_id }) { return this.#due.get(client_id) ?? -Infinity }

  // Of each conversation the first. None while one of them has no place in the order yet, or the first has not its files.
  #firsts(everybodys) {
    const firsts = new Map(), unsettled = new Set()
    for (const draft of this.#drafts.values()) {
      const place = draft.conversation ?? `to ${draft.to}`
      if (draft.failed) continue
      if (this.#unsettled.has(draft.client_id)) unsettled.add(place)
      if (!firsts.has(place)) firsts.set(place, draft)
    }
    for (const place of unsettled) firsts.delete(place)
    return [...firsts.values()].filter(({ client_id, files }) => !files && (everybodys || this.#unkept.has(client_id)))
  }

  // ---- the store

  // Tell the store, one change after the other; `begun` is called when it is this one's turn. By client_ids: what they
  // stand for by then.
  #change({ drop = [], add = [], change = [] }, begun = () => {}) {
    const ids = [...new Set([...drop, ...add, ...change])]
    for (const id of ids) this.#unsettled.set(id, (this.#unsettled.get(id) ?? 0) + 1)
    const drafts = (wanted) => wanted.map((id) => this.#drafts.get(id)).filter(Boolean)
    this.#queue = this.#queue.then(async () => {
      begun()
      const stored = await this.#ask({ drop, add: drafts(add), change: drafts(change) })
      this.#works = stored !== null
      for (const id of ids) this.#settle(id)
      this.#took([...drop, ...add], add, stored !== null)
      if (stored) this.#apply(stored)
      if (stored && ids.length) this.#tabs.say("drafts")
      this.#changed()
    })
    return this.#queue
  }

  // Null where the store cannot.
  async #ask(changes) {
    if (!this.#store) return null
    let timer
    const late = new Promise((resolve) => { timer = this.#clock.setTimeout(() => resolve("late"), PATIENCE) })
    try {
      const answer = await Promise.race([this.#store.change(this.#user, changes), late])
      if (answer !== "late") return answer
      this.#store = null // nothing waits for it any more; what it has done all the same harms nobody
      return null
    } catch {
      return null // full or forbidden
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  #settle(id) {
    const left = this.#unsettled.get(id) - 1
    if (left) this.#unsettled.set(id, left)
    else this.#unsettled.delete(id)
  }

  // What earlier versions had of them is ours now, or done with.
  #took(ids, added, stored) {
    for (const id of added) if (!stored && this.#drafts.has(id)) this.#unkept.add(id)
    for (const id of ids) if (stored || !this.#drafts.has(id)) this.#earlier?.remove(id)
  }

  // This is what all tabs wrote: in its order, and behind it what has no place in that yet.
  #apply(stored) {
    const before = this.#drafts, accepted = []
    this.#drafts = new Map()
    for (const draft of stored) {
      const id = draft.client_id, known = before.get(id)
      if (this.#accepted.has(id)) accepted.push(id)
      else if (!this.#unsettled.has(id)) this.#drafts.set(id, draft)
      else if (known) this.#drafts.set(id, Object.assign(known, { order: draft.order }))
    }
    for (const [id, draft] of before) {
      if (this.#unsettled.has(id) || this.#unkept.has(id)) this.#drafts.set(id, draft)
    }
    const left = accepted.filter((id) => !this.#unsettled.has(id))
    if (left.length) this.#change({ drop: left })
  }
}
