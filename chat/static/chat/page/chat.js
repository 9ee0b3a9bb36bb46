import { connect } from "../client/client.js"
import { announce } from "./announcer.js"
import { showAvatar } from "./avatar.js"
import { Bell } from "./bell.js"
import { Caller } from "./caller.js"
import { Desktop } from "./desktop.js"
import { DesktopOffer } from "./desktop_offer.js"
import { deviceId } from "./device.js"
import { setText } from "./dom.js"
import { gettext, ngettext } from "./i18n.js"
import { Idle } from "./idle.js"
import { KeptConversations } from "./kept_conversations.js"
import { Keyboard } from "./keyboard.js"
import { isIncomplete, Later } from "./later.js"
import { LeftPane } from "./left_pane.js"
import { Library } from "./library.js"
import { messageText } from "./message_text.js"
import { Preferences } from "./preferences.js"
import { get } from "./rest.js"
import { neighbour } from "./shortcuts.js"
import { StatusLine } from "./status_line.js"
import { renew, useTimeZone } from "./times.js"
import { Unfinished } from "./unfinished.js"
import { UnreadBadge } from "./unread_badge.js"

const FRAME = 16 // ms in which changes are gathered before they are shown
const LOOK = 1_500 // ms after which one looks again whether the day is another one, or the machine elsewhere
const SPREAD = 5_000 // ms over which the pages that lost one node together ask for what they missed

// The page: what the server and the person do changes the state, and the state is shown.
export class Chat {
  #chosen = null // the id of the conversation that is open
  #pane // of the conversation that is open
  #number = null // of the message that the pane is to show, until it is there
  #focus = null // what of the pane has the focus as soon as the conversation is there
  #settle // for `settled`
  #drawing = null
  #badge = new UnreadBadge()
  #metBefore = false // whether this is not the first connection

  // Until the page is connected, or knows that the first attempt failed.
  settled = new Promise((resolve) => { this.#settle = resolve })

  constructor({ me, socket, urls, storage, editSeconds, fileLimits }) {
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
    this.unfinished = new Unfinished({ storage, user: me })
    const changed = () => this.draw()
    this.#pane = new Later(() => this.#makePane({ me, urls, storage, editSeconds, fileLimits }), { changed })
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
      .on("typing", (hint) => { this.#pane.made?.typingLine.heard(hint); this.draw() })
      .on("marks", (marks) => this.#marked(marks))
      .on("arranged", (hint) => { this.library.state.get(hint.conversation)?.arrange(hint); this.draw() })
      .on("notifications_read", (hint) => { this.bell.read(hint); this.draw() })
      .on("outbox", () => { this.#takeUpFiles(); this.draw() })
      .on("presence", (presence) => this.left.heard(presence))
      .on("profile", ({ user, name, avatar }) => { this.library.state.people.meet([{ id: user, name, avatar }]); this.draw() })
      .on("status", (status) => this.#connection(status))
      .on("time", () => { renew(); this.draw() })
    window.addEventListener("storage", ({ key }) => { if (this.unfinished.conversationOf(key) !== null) this.draw() }) // begun in another tab
    setInterval(() => { if (renew()) this.draw() }, LOOK) // midnight where one chose to be may not be midnight here
    this.preferences = new Preferences(storage)
    this.desktop = new Desktop(window)
    const sound = new Later(() => import("./chime.js"), { changed })
    const chime = async () => (await sound.getOrNull())?.chime()
    this.caller = new Caller({ client: this.client, preferences: this.preferences, desktop: this.desktop, chime })
    this.offer = new DesktopOffer({ desktop: this.desktop, preferences: this.preferences, caller: this.caller })
    const options = new Later(() => this.#makeOptions(), { changed })
    document.querySelector("#open-options").addEventListener("click", async () => (await options.getOrNull())?.open())
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
    if (id !== before) this.#focus = write && number === null ? (pane) => pane : (pane) => pane.timeline
    this.#chosen = id
    this.#number = number
    this.#turn()
    if (id === null) document.body.classList.remove("in-conversation")
    if (id === null) this.client.look(null)
    if (id === null && before !== null) this.left.list.focus(before) // on a phone, what had it is gone
    this.#open()
    this.draw()
  }

  // How many messages are not sent yet, as far as this page knows: those that are said, and files that wait for their words.
  get unsent() { return this.client.outbox.all().length + (this.#pane.made?.attach.begun ?? 0) }

  // Another time zone was chosen in the settings.
  moveTo(zone) {
    useTimeZone(zone)
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

  // To where one writes.
  focus() { this.#pane.made?.focus() }

  async #makePane(options) {
    const { ConversationPane } = await import("./conversation_pane.js")
    return new ConversationPane({
      ...options,
      library: this.library,
      unfinished: this.unfinished,
      client: this.client,
      time: () => this.client.time(),
      single: () => this.preferences.get("single-keys") === "on",
      retry: (draft) => this.client.retry(draft),
      discard: (draft) => this.client.discard(draft),
      send: (conversation, draft) => this.client.send({ conversation, ...draft }),
      typing: (conversation) => this.client.typing(conversation),
      moved: () => this.#saw(),
      changed: () => this.draw(),
    })
  }

  // What waits for its files, from an earlier page or another tab, is brought on its way by the pane, whatever is open.
  #takeUpFiles() {
    if (this.client.outbox.all().some(({ files }) => files)) this.#pane.getOrNull() // or with the next change
  }

  async #makeOptions() {
    const { OptionsPanel } = await import("./options_panel.js")
    const changed = (name) => { if (name === "desktop") this.offer.changed() }
    return new OptionsPanel({ preferences: this.preferences, changed })
  }

  // The pane shows what was chosen; the first time, once it is there. Where it could not be loaded, the next connection
  // tries again.
  async #turn() {
    const id = this.#chosen
    if (id === null && !this.#pane.made) return
    const pane = this.#pane.made ?? await this.#pane.getOrNull()
    if (!pane || id !== this.#chosen) return
    if (id !== null) document.body.classList.add("in-conversation") // on a phone the list gives way to the pane, not to nothing
    pane.turnTo(id)
    if (this.#number !== null) pane.showMessage(this.#number)
    this.#number = null
    this.draw()
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
      return await this.library.load(() => this.bell.load())
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
    this.#pane.made?.typingLine.said(message)
    const conversation = this.library.apply(message)
    const calls = conversation && (!conversation.muted || conversation.mentionsMe(message))
    if (calls && message.sender !== conversation.me) this.library.introduced(conversation).then(() => announce(said(conversation, message)))
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
    if (["live", "offline", "closed"].includes(state)) this.#settle()
    if (state === "live") {
      this.#pane.made?.wake()
      if (!this.#pane.made) this.#turn()
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
    const number = this.#pane.made?.timeline.seen ?? null
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
    if (action === "search") return this.left.goToSearch()
    if (action === "new") return this.left.begin()
    if (action === "details") return this.left.details(open)
    if (action === "bell") return this.bell.toggle()
    if (action === "next" || action === "previous") return this.#step(action === "next" ? 1 : -1)
    if (!open || open.out) return
    const last = open.messages.findLast(({ sender, recalled_at }) => sender !== null && sender !== open.me && !recalled_at)
    if (action === "reply" && last) this.#pane.made?.composer.reply(last)
    else this.focus()
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
    const own = state.people.of(state.me)
    if (own) setText(document.querySelector(".account .me"), own.name)
    this.statusLine.show(status, { kept: outbox.persistent, incomplete: isIncomplete() })
    this.bell.show()
    this.left.show({
      conversations,
      chosen: conversation,
      outbox,
      unfinished: (id) => this.unfinished.get(id).body,
      loaded,
      hasMore: this.library.hasMore,
    })
    document.querySelector("#nothing-chosen").hidden = this.#chosen !== null || !conversations.length
    document.querySelector("#chosen").hidden = !conversation || !this.#pane.made
    if (conversation && this.#pane.made) this.#showConversation(conversation, outbox, this.#pane.made)
    this.#badge.show(state.unread, conversation?.name)
    this.offer.show()
  }

  #showConversation(conversation, outbox, pane) {
    if (!conversation.following && !this.library.hasFailed(conversation)) this.#open()
    setText(document.querySelector("#title"), conversation.name)
    const group = conversation.kind !== "direct"
    setText(document.querySelector("#subtitle"), group ? members(conversation.memberCount) : this.left.wordsFor(conversation))
    showAvatar(document.querySelector("#avatar"), conversation.face)
    document.querySelector("#composer").hidden = conversation.out
    document.querySelector("#over").hidden = !conversation.out
    const drafts = outbox.shown(conversation.id)
    pane.show({ conversation, drafts, note: this.#note(conversation, drafts), looking: this.#looking })
    this.#saw()
    this.#focus?.(pane).focus()
    this.#focus = null
  }

  #note(conversation, drafts) {
    if (!this.library.loaded || this.library.hasFailed(conversation)) return gettext("The messages could not be loaded.")
    if (this.library.isFetching(conversation)) return gettext("Loading…")
    return conversation.lastNumber === 0 && !drafts.length ? gettext("No messages yet. Say hello.") : null
  }
}

const members = (count) => ngettext("{count} member", "{count} members", count)

function said(conversation, message) {
  const name = conversation.nameOf(message.sender) ?? conversation.name
  return gettext("{name}: {text}", { name, text: messageText(conversation, message) })
}
