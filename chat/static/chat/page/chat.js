import { connect } from "../client/client.js"
import { showAvatar } from "./avatar.js"
import { Composer } from "./composer.js"
import { ConversationList } from "./conversation_list.js"
import { deviceId } from "./device.js"
import { setText } from "./dom.js"
import { get } from "./rest.js"
import { State } from "./state.js"
import { StatusLine } from "./status_line.js"
import { text } from "./strings.js"
import { Timeline } from "./timeline.js"

const FRAME = 16 // ms in which changes are gathered before they are shown
const AGAIN = 3_000 // ms after which a conversation that could not be fetched is asked for again
const PAGE = 50 // messages that one look into the history fetches

// The page: what the client and the person do changes the state, and the state is shown.
export class Chat {
  #chosen = null // the id of the conversation that is open
  #write = false
  #loaded = false
  #next = null // the cursor of the list's next page
  #fetching = new Set() // conversations whose history is on its way
  #failed = new Set() // those whose history could not be had
  #unmet = new Map() // messages of conversations that are not known yet, by their id
  #drawing = null

  constructor({ me, socket, urls, storage }) {
    this.urls = urls
    this.state = new State(me)
    this.list = new ConversationList()
    this.timeline = new Timeline({
      retry: (draft) => this.client.retry(draft),
      discard: (draft) => this.client.discard(draft),
      older: () => this.#fetchOlder(),
      moved: () => this.#saw(),
    })
    this.composer = new Composer({ send: (conversation, body) => this.#send(conversation, body) })
    this.statusLine = new StatusLine({ tryNow: () => this.client.wake(), useHere: () => this.client.restart() })
    this.client = connect({
      url: socket,
      user: me,
      storage,
      device: { id: deviceId(storage), kind: "web" },
      load: () => this.#load(),
      check: () => get(urls.me),
    })
    this.client
      .on("message", ({ message }) => this.#message(message))
      .on("edited", ({ message }) => this.#changed(message))
      .on("recalled", ({ message }) => this.#changed(message))
      .on("marks", (marks) => this.#marks(marks))
      .on("outbox", () => this.#draw())
      .on("status", (status) => this.#status(status))
    this.#draw()
  }

  // Open a conversation, or none; `write` puts the cursor into the message field as soon as it is there.
  choose(id, { write = false } = {}) {
    this.#chosen = id
    this.#write = write
    this.composer.turnTo(id)
    document.body.classList.toggle("in-conversation", id !== null)
    if (id !== null && this.#loaded) this.#open(id)
    this.#draw()
  }

  // The page came into view, or its window has the focus again.
  looked() {
    this.client.wake()
    this.#saw()
  }

  async more() {
    const { results, next } = await get(this.urls.conversations, { cursor: this.#next })
    for (const summary of results) this.state.put(summary)
    this.#next = next
    this.#draw()
  }

  draw() { this.#draw() }

  // ---- state, by REST

  // The head first: whatever comes after it is an event that the socket brings, though the rest may hold it already.
  async #load() {
    const { epoch, head } = await get(this.urls.inbox, { limit: 0 })
    const { results, next } = await get(this.urls.conversations, { limit: 100 })
    this.state.replace(results)
    this.#next = next
    this.#loaded = true
    if (this.#chosen !== null) this.#open(this.#chosen)
    this.#draw()
    return { epoch, seq: head }
  }

  // Get to know a conversation that was not in the list. What it says meanwhile waits for it.
  async #meet(id) {
    try {
      const conversation = this.state.put(await get(`${this.urls.conversations}/${id}`))
      for (const message of this.#unmet.get(id) ?? []) conversation.add(message)
      this.#unmet.delete(id)
    } catch (error) {
      if (error.status !== 404) return void setTimeout(() => this.#meet(id), AGAIN)
      this.#unmet.delete(id)
      if (id === this.#chosen) location.hash = ""
    }
    this.#draw()
  }

  async #open(id) {
    if (!this.state.get(id)) await this.#meet(id)
    const conversation = this.state.get(id)
    if (!conversation || conversation.following) return
    conversation.following = true
    const fetched = await this.#fetch(conversation, {}, (page) => conversation.fillLatest(page))
    if (!fetched) conversation.following = false
  }

  async #fetchOlder() {
    const conversation = this.state.get(this.#chosen)
    const first = conversation?.messages[0]
    if (!first || conversation.complete || this.#failed.has(conversation)) return
    await this.#fetch(conversation, { before: first.number }, (page) => conversation.fillBefore(page))
  }

  // Fetch a page of history; whether it could be had.
  async #fetch(conversation, where, fill) {
    if (this.#fetching.has(conversation)) return false
    this.#fetching.add(conversation)
    this.#failed.delete(conversation)
    try {
      const { results, people } = await get(`${this.urls.conversations}/${conversation.id}/messages`, { limit: PAGE, ...where })
      conversation.meet(people)
      fill(results)
      return true
    } catch {
      this.#failed.add(conversation)
      return false
    } finally {
      this.#fetching.delete(conversation)
      this.#draw()
    }
  }

  // ---- events

  #message(message) {
    if (message.conversation === null) return // a notification
    const conversation = this.state.get(message.conversation)
    if (!conversation) return this.#keepForLater(message)
    conversation.add(message)
    this.#announce(conversation, message)
    this.#draw()
  }

  #keepForLater(message) {
    const waiting = this.#unmet.get(message.conversation)
    if (waiting) return waiting.push(message)
    this.#unmet.set(message.conversation, [message])
    return this.#meet(message.conversation)
  }

  #changed(message) {
    this.state.get(message.conversation)?.change(message)
    this.#draw()
  }

  #marks({ conversation, ...marks }) {
    this.state.get(conversation)?.mark(marks)
    this.#draw()
  }

  // What could not be fetched may be had again.
  #status({ state }) {
    if (state === "live") {
      this.#failed.clear()
      if (this.#chosen !== null) this.#open(this.#chosen)
    }
    this.#draw()
  }

  // Tell a screen reader.
  #announce(conversation, { sender, body }) {
    if (sender === this.state.me) return
    const name = conversation.nameOf(sender) ?? conversation.name
    setText(document.querySelector("#announcer"), text("said", { name, text: body }))
  }

  // ---- the person

  #send(conversation, body) {
    this.timeline.toEnd()
    this.client.send({ conversation, body })
  }

  // What is in view, in a window that has the focus, was read.
  #saw() {
    const conversation = this.state.get(this.#chosen)
    const looking = document.visibilityState === "visible" && document.hasFocus() && this.timeline.atEnd
    if (!looking || !conversation?.messages.length || !conversation.unread) return
    conversation.read(conversation.lastNumber)
    this.client.read(conversation.id, conversation.lastNumber)
    this.#draw()
  }

  // ---- what is shown

  #draw() {
    this.#drawing ??= setTimeout(() => { this.#drawing = null; this.#show() }, FRAME)
  }

  #show() {
    const { outbox, status } = this.client
    const conversations = this.state.sorted()
    const conversation = this.state.get(this.#chosen)
    this.statusLine.show(status, { kept: outbox.persistent })
    this.list.show({ conversations, chosen: conversation, outbox, loaded: this.#loaded })
    document.querySelector("#more-conversations").hidden = this.#next === null
    document.querySelector("#nothing-chosen").hidden = this.#chosen !== null || !conversations.length
    document.querySelector("#chosen").hidden = !conversation
    if (conversation) this.#showConversation(conversation, outbox)
    const unread = this.state.unread
    document.title = [unread ? `(${unread}) ` : "", conversation ? `${conversation.name} · ` : "", "imsite"].join("")
  }

  #showConversation(conversation, outbox) {
    setText(document.querySelector("#title"), conversation.name)
    const group = conversation.kind !== "direct"
    setText(document.querySelector("#subtitle"), group ? text("members", { count: conversation.memberCount }) : "")
    showAvatar(document.querySelector("#avatar"), conversation.name, conversation.id)
    this.timeline.show({ conversation, drafts: outbox.of(conversation.id), note: this.#note(conversation) })
    this.#saw()
    if (this.#write) this.composer.focus()
    this.#write = false
  }

  #note(conversation) {
    if (this.#failed.has(conversation)) return text("history-failed")
    if (this.#fetching.has(conversation)) return text("loading")
    return conversation.lastNumber === 0 ? text("no-messages") : null
  }
}
