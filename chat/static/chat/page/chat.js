import { connect } from "../client/client.js"
import { Attach } from "./attach.js"
import { announce } from "./announcer.js"
import { showAvatar } from "./avatar.js"
import { Bell } from "./bell.js"
import { Caller } from "./caller.js"
import { chime } from "./chime.js"
import { ConversationPane } from "./conversation_pane.js"
import { Desktop } from "./desktop.js"
import { DesktopOffer } from "./desktop_offer.js"
import { deviceId } from "./device.js"
import { setText } from "./dom.js"
import { gettext, ngettext } from "./i18n.js"
import { Idle } from "./idle.js"
import { KeptConversations } from "./kept_conversations.js"
import { Keyboard } from "./keyboard.js"
import { LeftPane } from "./left_pane.js"
import { Library } from "./library.js"
import { messageText } from "./message_text.js"
import { OptionsPanel } from "./options_panel.js"
import { Preferences } from "./preferences.js"
import { get } from "./rest.js"
import { neighbour } from "./shortcuts.js"
import { StatusLine } from "./status_line.js"
import { UnreadBadge } from "./unread_badge.js"
import { Viewer } from "./viewer.js"

const FRAME = 16 // ms in which changes are gathered before they are shown
const SPREAD = 5_000 // ms over which the pages that lost one node together ask for what they missed

// The page: what the server and the person do changes the state, and the state is shown.
export class Chat {
  #chosen = null // the id of the conversation that is open
  #focus = null // what has the focus as soon as the conversation is there
  #drawing = null
  #badge = new UnreadBadge()
  #metBefore = false // whether this is not the first connection

  constructor({ me, socket, urls, storage, editSeconds }) {
    this.library = new Library({ me, urls, changed: () => { this.kept.changed(); this.draw() } })
    this.kept = new KeptConversations({ me, library: this.library })
    this.left = new LeftPane({
      me,
      urls,
      library: this.library,
      chosen: () => this.#chosen,
      open: (conversation, where) => this.jump(conversation.id, where),
      read: (conversation) => this.#read(conversation),
      watch: (users) => this.client.watch(users),
      changed: () => this.draw(),
    })
    const post = (conversation, draft) => this.client.send({ conversation, ...draft })
    this.attach = new Attach({ url: urls.uploads, send: post })
    this.viewer = new Viewer()
    this.pane = new ConversationPane({
      me, urls, storage, editSeconds,
      library: this.library,
      retry: (draft) => this.client.retry(draft),
      discard: (draft) => this.client.discard(draft),
      send: (conversation, draft) => this.attach.take(conversation, draft) || post(conversation, draft),
      hasFiles: () => this.attach.ready,
      typing: (conversation) => this.client.typing(conversation),
      moved: () => this.#saw(),
      changed: () => this.draw(),
    })
    this.bell = new Bell({
      url: urls.notifications,
      mark: (which) => this.client.readNotifications(which),
      changed: () => this.draw(),
    })
    this.statusLine = new StatusLine({
      tryNow: () => this.client.wake(),
      useHere: () => this.client.restart(),
      draw: () => this.draw(),
    })
    this.client = connect({
      url: socket,
      user: me,
      storage,
      device: { id: deviceId(storage), kind: "web" },
      load: () => this.#load(),
      check: () => get(urls.me),
    })
    this.client
      .on("message", (event) => this.#heard(event))
      .on("edited", ({ message }) => this.#changed(message))
      .on("recalled", ({ message }) => this.#changed(message))
      .on("typing", (hint) => { this.pane.typingLine.heard(hint); this.draw() })
      .on("marks", (marks) => this.#marked(marks))
      .on("notifications_read", (hint) => { this.bell.read(hint); this.draw() })
      .on("outbox", () => this.draw())
      .on("presence", (presence) => this.left.heard(presence))
      .on("status", (status) => this.#connection(status))
      .on("time", () => this.draw())
    this.preferences = new Preferences(storage)
    this.desktop = new Desktop(window)
    this.caller = new Caller({ client: this.client, preferences: this.preferences, desktop: this.desktop, chime })
    this.offer = new DesktopOffer({ desktop: this.desktop, preferences: this.preferences, caller: this.caller })
    this.options = new OptionsPanel({
      preferences: this.preferences, changed: (name) => { if (name === "desktop") this.offer.changed() },
    })
    this.keyboard = new Keyboard({
      act: (action) => this.#act(action), single: () => this.preferences.get("single-keys") === "on",
    })
    this.idle = new Idle({ changed: (idle) => this.client.idle(idle) })
    this.draw()
  }

  // Go to a conversation by its address, so that Back comes back; with a number, to that message of it.
  jump(id, { number = null } = {}) {
    const address = number === null ? `#c${id}` : `#c${id}/${number}`
    if (location.hash === address) this.choose(id, { number })
    else location.hash = address
  }

  // Open a conversation, or none; `write` puts the cursor into the message field, `number` shows that message of it.
  choose(id, { write = false, number = null } = {}) {
    const before = this.#chosen
    if (id !== before) this.#focus = write && number === null ? this.pane : this.pane.timeline
    this.#chosen = id
    this.pane.turnTo(id)
    this.attach.turnTo(id)
    if (number !== null) this.pane.showMessage(number)
    document.body.classList.toggle("in-conversation", id !== null)
    if (id === null) this.client.look(null)
    if (id === null && before !== null) this.left.list.focus(before) // on a phone, what had it is gone
    this.#open()
    this.draw()
  }

  // The window has the focus no more, or is out of sight.
  lookedAway() { this.client.look(null) }

  // The page came into view, or its window has the focus again.
  looked() {
    this.client.wake()
    this.#saw()
  }

  // Show what changed, soon.
  draw() {
    this.#drawing ??= setTimeout(() => { this.#drawing = null; this.#show() }, FRAME)
  }

  get #conversation() { return this.library.state.get(this.#chosen) }

  async #open() {
    const id = this.#chosen
    if (id === null || !this.library.loaded) return
    const exists = await this.library.open(id)
    if (!exists && id === this.#chosen) location.hash = ""
  }

  // ---- what the server does

  // The library begins with the inbox's head; what is fetched after it may only hold more.
  async #load() {
    try {
      const position = await this.library.load()
      await this.bell.load()
      return position
    } catch (error) {
      await this.kept.standIn(error)
      throw error
    }
  }

  // What was read elsewhere while we heard nothing.
  #refresh() {
    this.library.refresh()
    this.bell.refresh()
  }

  #heard(event) {
    const { message } = event
    if (message.conversation === null) {
      if (message.kind === "notification") this.#notified(event)
      return this.draw()
    }
    this.pane.typingLine.said(message)
    const conversation = this.library.apply(message)
    const calls = conversation && (!conversation.muted || conversation.mentionsMe(message))
    if (calls && message.sender !== conversation.me) announce(said(conversation, message))
    if (conversation) this.#call(event, conversation)
    this.draw()
  }

  #notified(event) {
    this.bell.heard(event)
    const { id, body, data: { title } } = event.message
    const call = { title, body, tag: `n${id}`, open: () => this.bell.open() }
    this.caller.heard(event, { id: null, me: this.library.state.me, muted: false }, () => call)
  }

  async #call(event, conversation) {
    await this.caller.heard(event, conversation, () => ({
      title: conversation.name,
      body: said(conversation, event.message),
      tag: `c${conversation.id}`,
      open: () => this.jump(conversation.id),
    }))
    this.draw()
  }

  #changed(message) {
    this.library.change(message)
    this.draw()
  }

  #marked({ conversation, ...marks }) {
    this.library.state.get(conversation)?.mark(marks)
    this.draw()
  }

  #connection({ state }) {
    if (state === "offline" || state === "closed") this.left.disconnected()
    if (state === "live") {
      this.attach.wake()
      this.library.forgetFailures()
      this.#open()
      setTimeout(() => this.#refresh(), this.#metBefore ? Math.random() * SPREAD : 0)
      this.#metBefore = true
    }
    this.draw()
  }

  // ---- what the person does

  get #looking() { return document.visibilityState === "visible" && document.hasFocus() }

  // What is in view, in a window that has the focus, was read.
  #saw() {
    const conversation = this.#conversation
    this.client.look(this.#looking ? this.#chosen : null)
    if (!this.#looking || !conversation?.messages.length || !conversation.unread) return
    const number = this.pane.timeline.seen
    if (number === null || number <= conversation.readNumber) return
    this.#read(conversation, number)
  }

  #read(conversation, number = conversation.lastNumber) {
    conversation.read(number)
    if (!conversation.out) this.client.read(conversation.id, number)
    this.draw()
  }

  // By a key.
  #act(action) {
    const open = this.#conversation
    if (action === "search") return this.left.searchBox.focus()
    if (action === "new") return this.left.newConversation.open()
    if (action === "details") return this.left.details(open)
    if (action === "bell") return this.bell.toggle()
    if (action === "next" || action === "previous") return this.#step(action === "next" ? 1 : -1)
    if (!open || open.out) return
    const last = open.messages.findLast(({ sender, recalled_at }) => sender !== null && sender !== open.me && !recalled_at)
    if (action === "reply" && last) this.pane.composer.reply(last)
    else this.pane.focus()
  }

  #step(step) {
    const found = neighbour(this.library.state.sorted(this.#conversation), this.#conversation, step)
    if (found && found !== this.#conversation) this.jump(found.id)
  }

  // ---- what is shown

  #show() {
    const { outbox, status } = this.client
    const { state, loaded } = this.library
    const conversation = this.#conversation
    const conversations = state.sorted(conversation)
    this.statusLine.show(status, { kept: outbox.persistent })
    this.bell.show()
    this.left.show({
      conversations,
      chosen: conversation,
      outbox,
      unfinished: (id) => this.pane.unfinished.get(id).body,
      loaded,
      hasMore: this.library.hasMore,
    })
    document.querySelector("#nothing-chosen").hidden = this.#chosen !== null || !conversations.length
    document.querySelector("#chosen").hidden = !conversation
    if (conversation) this.#showConversation(conversation, outbox)
    this.#badge.show(state.unread, conversation?.name)
    this.offer.show()
  }

  #showConversation(conversation, outbox) {
    if (!conversation.following && !this.library.hasFailed(conversation)) this.#open()
    setText(document.querySelector("#title"), conversation.name)
    const group = conversation.kind !== "direct"
    setText(document.querySelector("#subtitle"), group ? members(conversation.memberCount) : this.left.wordsFor(conversation))
    showAvatar(document.querySelector("#avatar"), conversation.name, conversation.id, conversation.picture)
    document.querySelector("#composer").hidden = conversation.out
    document.querySelector("#over").hidden = !conversation.out
    this.pane.show({ conversation, drafts: outbox.of(conversation.id), note: this.#note(conversation), looking: this.#looking })
    this.#saw()
    this.#focus?.focus()
    this.#focus = null
  }

  #note(conversation) {
    if (!this.library.loaded || this.library.hasFailed(conversation)) return gettext("The messages could not be loaded.")
    if (this.library.isFetching(conversation)) return gettext("Loading…")
    return conversation.lastNumber === 0 ? gettext("No messages yet. Say hello.") : null
  }
}

const members = (count) => ngettext("{count} member", "{count} members", count)

function said(conversation, message) {
  const name = conversation.nameOf(message.sender) ?? conversation.name
  return gettext("{name}: {text}", { name, text: messageText(conversation, message) })
}
