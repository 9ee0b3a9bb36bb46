import { systemClock } from "../client/clock.js"
import { get, send } from "./rest.js"
import { State } from "./state.js"

const SOON = 200 // ms in which changes of a conversation are gathered before it is asked for
const AGAIN = 3_000 // ms after which a conversation that could not be fetched is asked for again
const FIRST = 100 // conversations that are fetched at the start
const PAGE = 50 // messages that one look into the history fetches
const HALF = PAGE / 2
const MOST_AT_ONCE = 200 // messages or members that the server tells in one answer
const MOST_PAGES = 5 // of members that are looked through for a name: all of a group of 1,000

// Everything that the REST API tells: fetches it into the state, and says when that changed.
export class Library {
  loaded = false
  #changed
  #clock
  #next = null // the cursor of the list's next page
  #more = null // that page, while it is on its way
  #fetching = new Map() // conversations whose history is on its way, and what is waited for
  #quoting = new Set() // ids of messages that another one answers, and that were asked for
  #failed = new Set() // those whose history could not be had
  #due = new Map() // conversations that are asked for soon, { whole, messages }: itself, or only whom these messages name
  #renewing = new Map() // the same until they were answered, and what is waited for
  #unmet = new Map() // messages of conversations that are not known yet, by their id

  constructor({ me, urls, changed, clock = systemClock }) {
    this.urls = urls
    this.state = new State(me)
    this.#changed = changed
    this.#clock = clock
  }

  get hasMore() { return this.#next !== null }

  isFetching(conversation) { return this.#fetching.has(conversation) }

  hasFailed(conversation) { return this.#failed.has(conversation) }

  // For the client. The head first: what comes after it is an event that the socket brings, and the rest may hold
  // it already. The other way round, an event between the two answers would be nowhere. `beside()` is what else is
  // loaded, once the head is known.
  async load(beside = async () => {}) {
    const { epoch, head } = await get(this.urls.inbox, { limit: 0 })
    const [{ results, next }] = await Promise.all([get(this.urls.conversations, { limit: FIRST }), beside()])
    const pinned = next ? await get(this.urls.conversations, { limit: FIRST, pinned: true }) : { results: [] }
    this.state.replace([...results, ...pinned.results])
    this.#next = next
    this.loaded = true
    this.#changed()
    return { epoch, seq: head }
  }

  // While nothing can be loaded: what was kept of the conversations, so that one can write there.
  takeUp(summaries) {
    if (this.loaded || !summaries.length || this.state.get(summaries[0].id)) return
    this.state.replace(summaries)
    this.#changed()
  }

  // Marks are hints: those of the time without a connection went nowhere. Whoever is connected now hears the next ones.
  async refresh() {
    try {
      const { results } = await get(this.urls.conversations, { limit: FIRST })
      for (const summary of results) this.state.put(summary).update(summary)
      this.#changed()
      await Promise.all(this.state.followed.map((conversation) => this.#introduce(conversation, conversation.messages)))
    } catch {
      // The next connection asks again, and every mark that comes says as much.
    }
  }

  // The next page of the list; asked for again meanwhile, it is the same one.
  async loadMore() {
    this.#more ??= get(this.urls.conversations, { cursor: this.#next })
    try {
      const { results, next } = await this.#more
      for (const summary of results) this.state.put(summary)
      this.#next = next
    } finally {
      this.#more = null
    }
    this.#changed()
  }

  // What one decides for oneself: { muted, pinned }; and what one does with a group: { title }, members, roles, to leave.
  // What the server refuses is thrown, and the state stays.
  async arrange(conversation, changes) { this.#renewed(await send("PATCH", this.#address(conversation), changes)) }

  async addMembers(conversation, users) {
    this.#renewed(await send("POST", `${this.#address(conversation)}/members`, { users }))
  }

  async giveRole(conversation, user, role) {
    this.#renewed(await send("PATCH", `${this.#address(conversation)}/members/${user}`, { role }))
  }

  async removeMember(conversation, user) {
    await send("DELETE", `${this.#address(conversation)}/members/${user}`)
    if (user !== this.state.me) this.#renewed(await get(this.#address(conversation)))
  }

  // A page of all who are in it: { results: [{ id, name, role }], next }.
  async fetchMembers(conversation, parameters = {}) {
    const page = await get(`${this.#address(conversation)}/members`, parameters)
    conversation.meet(page.results)
    return page
  }

  // All members whose name has this in it: { people, complete: whether there are no others }.
  async findMembers(conversation, text) {
    const people = []
    let cursor = null
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { results, next } = await this.fetchMembers(conversation, { q: text, limit: MOST_AT_ONCE, ...(cursor && { cursor }) })
      people.push(...results)
      cursor = next
      if (cursor === null) break
    }
    return { people, complete: cursor === null }
  }

  // The direct conversation with somebody ({ to }), or a new group ({ title, members }). It is in the list then.
  async start(wanted) {
    const conversation = this.state.put(await send("POST", this.urls.conversations, wanted))
    this.#changed()
    return conversation
  }

  // A conversation that may not be in the list yet; undefined where it is none of ours or cannot be had now.
  async know(id) {
    if (!this.state.get(id)) await this.#meet(id, { insist: false })
    return this.state.get(id)
  }

  #address({ id }) { return `${this.urls.conversations}/${id}` }

  #renewed(summary) {
    this.state.put(summary).renew(summary)
    this.#changed()
  }

  // Apply a new message; returns its conversation, or undefined while that is not known.
  apply(message) {
    const conversation = this.state.get(message.conversation)
    if (!conversation) return this.#keepForLater(message)
    this.#take(conversation, message)
    return conversation
  }

  // Until it is known of whom a message speaks that an event brought, as far as that can be known.
  async introduced(conversation) { await this.#renewing.get(conversation) }

  #take(conversation, message) {
    conversation.add(message)
    if (message.kind === "system" || conversation.following && conversation.namesStrangers(message)) this.#renewSoon(conversation, message)
  }

  // A message was edited or recalled.
  change(message) {
    const conversation = this.state.get(message.conversation)
    if (conversation) return conversation.change(message)
    const waiting = this.#unmet.get(message.conversation) ?? []
    const place = waiting.findIndex(({ number }) => number === message.number)
    if (place >= 0) waiting[place] = message
  }

  // One comes back to it; the system says that something of it changed: its title, who is in it, who may what; or
  // somebody is named who is not among the members that the page knows.
  #renewSoon(conversation, message = null) {
    if (conversation.out) return
    const before = this.#due.get(conversation)
    const due = before ?? { whole: false, messages: [] }
    if (message) due.messages.push(message)
    due.whole ||= !message || message.kind === "system"
    if (before) return
    this.#due.set(conversation, due)
    const renewing = new Promise((done) => this.#clock.setTimeout(() => done(this.#renew(conversation)), SOON))
    this.#renewing.set(conversation, renewing)
    renewing.finally(() => { if (this.#renewing.get(conversation) === renewing) this.#renewing.delete(conversation) })
  }

  async #renew(conversation) {
    const { whole, messages } = this.#due.get(conversation)
    this.#due.delete(conversation)
    try {
      if (whole) conversation.renew(await get(this.#address(conversation)))
      this.#changed()
      await this.#introduce(conversation, messages)
    } catch {
      // The next change, or the next connection, brings the state.
    }
  }

  // Get to know whom these messages name, ascending by number: those who wrote or were spoken of, and have left since,
  // or are behind the first members of many. The server tells that beside the messages.
  async #introduce(conversation, messages) {
    const numbers = messages.filter((message) => conversation.namesStrangers(message)).map(({ number }) => number)
    if (!numbers.length || conversation.out) return
    const last = numbers.at(-1), first = Math.max(numbers[0], last - MOST_AT_ONCE + 1)
    const { people } = await get(`${this.#address(conversation)}/messages`, { after: first - 1, limit: last - first + 1 })
    conversation.meet(people)
    this.#changed()
  }

  // See to it that the newest messages of a conversation are there. False when it is none of ours.
  async open(id) {
    if (!this.state.get(id) && await this.#meet(id) === "missing") return false
    const conversation = this.state.get(id)
    if (conversation?.following) this.#renewSoon(conversation) // its people may be called otherwise by now
    if (!conversation || conversation.following) return true
    if (conversation.out) return false
    conversation.following = true
    conversation.following = await this.#fetch(conversation, {}, (page) => conversation.fillLatest(page))
    return true
  }

  async fetchOlder(conversation) {
    const first = conversation?.messages[0]
    if (!first || conversation.complete || conversation.out || this.#failed.has(conversation)) return
    await this.#fetch(conversation, { before: first.number }, (page) => conversation.fillBefore(page))
  }

  async fetchNewer(conversation) {
    const last = conversation?.messages.at(-1)
    if (!last || conversation.attached || conversation.out || this.#failed.has(conversation)) return
    await this.#fetch(conversation, { after: last.number }, (page) => conversation.fillAfter(page))
  }

  // The part of the history around a message in place of what is there; whether it is in it.
  async fetchAround(conversation, number) {
    await this.#fetching.get(conversation)
    if (conversation.out) return false
    const where = { after: Math.max(0, number - HALF - 1) }
    return await this.#fetch(conversation, where, (page) => {
      if (page.some((message) => message.number === number)) conversation.fillAround(page)
    }) && conversation.has(number)
  }

  // The newest part again, after one has looked at something older.
  async fetchLatest(conversation) {
    await this.#fetching.get(conversation)
    if (conversation.out || conversation.attached) return
    await this.#fetch(conversation, {}, (page) => conversation.fillLatest(page))
  }

  // A message that another one answers: from what is known, or undefined and asked for, once. What is not kept any
  // more is never known.
  quoted(conversation, id) {
    const known = conversation.known(id)
    if (!known && !conversation.out && !this.#quoting.has(id)) this.#fetchQuoted(conversation, id)
    return known
  }

  async #fetchQuoted(conversation, id) {
    this.#quoting.add(id)
    try {
      const message = await get(`${this.urls.messages}/${id}`)
      conversation.learn(message)
      this.#changed()
      await this.#introduce(conversation, [message])
    } catch (error) {
      if (error.status !== 404) this.#failed.add(id)
    }
  }

  // Change or recall a message of one's own; what the server refuses is thrown. Other pages hear of it by an event.
  async edit({ id }, body) { this.change(await send("PATCH", `${this.urls.messages}/${id}`, { body })) }

  async recall({ id }) { this.change(await send("DELETE", `${this.urls.messages}/${id}`)) }

  // What could not be fetched may be had again.
  forgetFailures() {
    for (const id of this.#failed) this.#quoting.delete(id)
    this.#failed.clear()
  }

  // Fetch a page of history, one at a time; whether it could be had.
  async #fetch(conversation, where, fill) {
    if (this.#fetching.has(conversation)) return false
    const fetching = this.#fetchPage(conversation, where, fill)
    this.#fetching.set(conversation, fetching)
    this.#failed.delete(conversation)
    this.#changed()
    return await fetching
  }

  async #fetchPage(conversation, where, fill) {
    try {
      const address = `${this.urls.conversations}/${conversation.id}/messages`
      const { results, people } = await get(address, { limit: PAGE, ...where })
      conversation.meet(people)
      fill(results)
      return true
    } catch {
      this.#failed.add(conversation)
      return false
    } finally {
      this.#fetching.delete(conversation)
      this.#changed()
    }
  }

  #keepForLater(message) {
    const waiting = this.#unmet.get(message.conversation)
    if (waiting) return void waiting.push(message)
    this.#unmet.set(message.conversation, [message])
    return void this.#meet(message.conversation)
  }

  // Get to know a conversation that was not in the list. What it says meanwhile waits for it.
  async #meet(id, { insist = true } = {}) {
    try {
      const conversation = this.state.put(await get(`${this.urls.conversations}/${id}`))
      for (const message of this.#unmet.get(id) ?? []) this.#take(conversation, message)
      this.#unmet.delete(id)
      this.#changed()
      return "met"
    } catch (error) {
      if (error.status !== 404 && !insist) return
      if (error.status !== 404) return void this.#clock.setTimeout(() => this.#meet(id), AGAIN)
      this.#unmet.delete(id)
      return "missing"
    }
  }
}
