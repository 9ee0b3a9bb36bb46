// A chat client over /ws/v1/: connected, resumed, kept in order, whatever happens to the network, the node, the page and
// its tab. It knows no page. README.md beside this file says how it is used.
import { Attention } from "./attention.js"
import { browserMeans } from "./browser.js"
import { systemClock } from "./clock.js"
import { Cursor } from "./cursor.js"
import { EarlierDrafts } from "./earlier_drafts.js"
import { KeptFiles } from "./kept_files.js"
import { KeptMarks } from "./kept_marks.js"
import { Line, SIGNED_OUT } from "./line.js"
import { NotificationMarks } from "./notification_marks.js"
import { Outbox } from "./outbox.js"
import { Postman } from "./postman.js"
import { Receipts } from "./receipts.js"
import { Role } from "./role.js"
import { Signs } from "./signs.js"
import { Tabs } from "./tabs.js"

export const MALFORMED = 4500
export { SIGNED_OUT }
export const SOMEONE_ELSE = "someone_else" // another user is signed in by now

export function connect(options) {
  const client = new Client(options)
  client.start()
  return client
}

export class Client {
  #options
  #handlers = new Map()
  #line
  #tabs
  #attention
  #claimed = 0 // where no store says it
  #cursor = new Cursor()
  #limits = { frame_bytes: 65_536, window: 64 }
  #greeted = null // { time, at }: the server's time, and ours that only goes on
  #head = 0 // how far the inbox went when we were greeted
  #held = null // frames that wait while the state is loaded
  #receipts
  #notificationMarks
  #keptMarks
  #earlierReads = [] // by a page that is closed: [[conversation, number]]
  #signs
  #postman

  constructor({ clock = systemClock, random = Math.random, WebSocket = globalThis.WebSocket, ...options }) {
    this.#options = { clock, random, WebSocket, ...browserMeans(), ...options }
    const send = (frame) => this.#line.send(frame)
    this.#line = this.#newLine()
    this.#setUpTabs()
    this.#keptMarks = new KeptMarks(this.#options)
    this.#receipts = new Receipts({ clock, send, told: (marks) => this.#keptMarks.told(marks) })
    this.#notificationMarks = new NotificationMarks({ send })
    this.#signs = new Signs({ clock, send })
    this.#setUpOutbox(send)
  }

  get status() { return this.#line.status }

  on(type, handler) {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler])
    return this
  }

  start() {
    this.#tabs.open()
    this.outbox.open()
    this.#takeUpMarks()
    this.#line.start()
  }

  // For good: nothing is heard or sent any more.
  stop() {
    this.#line.stop()
    this.#attention.look(null)
    this.#tabs.close()
  }

  // Come back although the server said not to: the person decided so.
  restart() { this.#line.restart() }

  // The network came back or went, somebody looks at the page again: find out now how things are.
  wake() {
    this.outbox.refresh()
    this.#line.wake()
  }

  // Write a message: { conversation | to, body, kind?, data?, reply_to?, files? }. It is on its way once it can be: with
  // `files`, as soon as the outbox's `revise` has taken them from it.
  send(draft) {
    // Half a surrogate pair is no text: the server would close the connection over it.
    const kept = this.outbox.add({ ...draft, body: draft.body.replace(/\p{Surrogate}/gu, "\ufffd") })
    this.#signs.wrote(draft.conversation)
    this.#outboxChanged()
    return kept
  }

  retry(clientId) { this.outbox.retry(clientId); this.#outboxChanged() }

  discard(clientId) { this.outbox.discard(clientId); this.#outboxChanged() }

  // Everything in the conversation up to this number was seen.
  read(conversation, number) {
    if (!this.#receipts.read(conversation, number)) return
    this.#tabs.say("read", { conversation, number })
    this.#keptMarks.read(conversation, number)
  }

  // These notifications were seen, by the ids of their messages, and all up to a seq.
  readNotifications({ ids = [], upTo = 0 }) {
    this.#notificationMarks.read({ ids, upTo })
    this.#tabs.say("notifications read", { ids, upTo })
    this.#keptMarks.readNotifications({ ids, upTo })
  }

  // The person is typing there. Call it with every key: it is told every 3 s at most, and only while connected.
  typing(conversation) { this.#signs.typing(conversation) }

  // Whose `presence` to tell: these users (at most 200), each at once and on each change; over reconnects too.
  watch(users) { this.#signs.watch(users) }

  // Whether nobody is at this device.
  idle(idle) { this.#signs.idle(idle) }

  // Whether this tab, of all that are open, is the one to announce an event, by its seq: the first one that asks is, once
  // and for all. Events are claimed in their order: whoever claims one claims all before it.
  async claim(seq) {
    const { store, user } = this.#options
    try {
      if (store) return await store.claim(user, { epoch: this.#cursor.epoch, seq })
    } catch { /* then each tab answers for itself */ }
    const first = seq > this.#claimed
    this.#claimed = Math.max(this.#claimed, seq)
    return first
  }

  // The person looks at this conversation in this tab, or at none.
  look(conversation) { this.#attention.look(conversation) }

  // Whether the person looks at it in any tab.
  isLookedAt(conversation) { return this.#attention.isOn(conversation) }

  // What time it is for the server, in ms since 1970; before it said so, what it is here.
  time() {
    const { clock } = this.#options
    return this.#greeted ? this.#greeted.time + clock.elapsed() - this.#greeted.at : clock.now()
  }

  // ---- the other tabs

  // What is read in one of them is read in all of them, also while nobody is connected; and if that one is closed before
  // it could tell the server, another one does.
  #setUpTabs() {
    const { user, BroadcastChannel, locks } = this.#options
    this.#tabs = new Tabs({ name: `imsite.${user}`, BroadcastChannel })
    this.#attention = new Attention({ name: `imsite.looking.${user}`, locks })
    this.#tabs.on("read", ({ conversation, number }) => {
      this.#receipts.know(conversation, number)
      this.#emit("marks", { type: "marks", conversation, user, read: number })
    })
    this.#tabs.on("notifications read", ({ ids, upTo }) => {
      this.#notificationMarks.know({ ids, upTo })
      this.#emit("notifications_read", { type: "notifications_read", ids, up_to: upTo })
    })
  }

  // What was read before every page was closed, and the server was not told.
  async #takeUpMarks() {
    const { reads, ids, upTo } = await this.#keptMarks.all()
    for (const [conversation, number] of reads) this.#receipts.read(conversation, number)
    if (ids.length || upTo) this.#notificationMarks.read({ ids, upTo })
    this.#earlierReads = reads
    if (this.status.state === "live" || this.status.state === "catching_up") this.#showEarlierReads()
  }

  // Not before the state is there, which does not know them.
  #showEarlierReads() {
    const { user } = this.#options
    for (const [conversation, read] of this.#earlierReads.splice(0)) this.#emit("marks", { type: "marks", conversation, user, read })
  }

  #setUpOutbox(send) {
    const { user, store, storage, locks, clock, random } = this.#options, tabs = this.#tabs
    const changed = () => this.#outboxChanged()
    const earlier = new EarlierDrafts({ storage, user })
    this.outbox = new Outbox({ store, user, clock, tabs, earlier, changed })
    this.files = new KeptFiles({ store, user, locks })
    const role = new Role({ name: `imsite.outbox.${user}`, locks, tabs, clock, changed: () => this.#postman.appointed() })
    this.#postman = new Postman({ outbox: this.outbox, role, clock, random, send, changed })
  }

  // ---- the connection and the state

  #newLine() {
    const { url, WebSocket, clock, random, check } = this.#options
    const prepare = async (wanted) => this.#cursor.known || await this.#load(wanted)
    const on = {
      opened: () => this.#hello(),
      frame: (frame) => this.#heard(frame),
      lost: (code) => this.#lost(code),
      status: (status) => this.#emit("status", status),
      time: () => this.#emit("time"),
    }
    return new Line({ url, WebSocket, clock, random, check, prepare, on })
  }

  #hello() {
    const { epoch, seq } = this.#cursor
    this.#line.send({ type: "hello", device: this.#options.device, epoch, seq })
  }

  #lost(code) {
    this.#held = null
    this.#receipts.stop()
    this.#notificationMarks.stop()
    this.#signs.stop()
    this.#postman.stop()
    if (code === MALFORMED) this.#postman.giveUp()
  }

  // Load the state, or see to it that it is tried again. False when it could not be had, or is not wanted any more.
  async #load(wanted) {
    try {
      const position = await this.#options.load()
      if (!wanted()) return false
      this.#cursor.start(position)
      this.outbox.loaded()
      return true
    } catch (error) {
      if (wanted()) this.#line.failed(error)
      return false
    }
  }

  async #resync() {
    const connection = this.#line.current
    this.#held = []
    this.#cursor.start({ epoch: null, seq: null }) // a failure starts from nothing
    return await this.#load(() => connection === this.#line.current)
  }

  // ---- frames

  #heard(frame) {
    if (frame.type === "welcome") this.#welcome(frame)
    else if (this.#held) this.#held.push(frame)
    else this.#take(frame)
  }

  async #welcome(welcome) {
    if (welcome.user.id !== this.#options.user) return this.#line.finish(SOMEONE_ELSE)
    Object.assign(this.#limits, welcome.limits)
    this.#greeted = { time: Date.parse(welcome.server_time), at: this.#options.clock.elapsed() }
    const from = welcome.from ?? welcome.head
    const lost = welcome.resync || welcome.epoch !== this.#cursor.epoch || from > this.#cursor.seq
    if (lost) {
      if (!(await this.#resync())) return
      this.#cursor.start({ epoch: welcome.epoch, seq: from })
    }
    this.#receipts.start({ from, seq: this.#cursor.seq, window: this.#limits.window })
    this.#head = welcome.head
    this.#goLive()
  }

  #goLive() {
    const held = this.#held ?? []
    this.#held = null
    this.#line.greeted(this.#left)
    this.#postman.start(this.#limits)
    this.#notificationMarks.start()
    this.#signs.start()
    this.#showEarlierReads()
    for (const frame of held) this.#take(frame)
  }

  // How many events of those that were there when we were greeted are still to come.
  get #left() { return Math.max(0, this.#head - this.#cursor.seq) }

  #take(frame) {
    if (frame.type === "accepted") this.#accepted(frame)
    else if (frame.type === "error") this.#refused(frame)
    else if (Number.isInteger(frame.seq)) this.#event(frame)
    else if (frame.type === "notifications_read") this.#notificationsRead(frame)
    else this.#emit(frame.type, frame)
  }

  // Every stored event, of kinds that we don't know too: the cursor must pass over them.
  #event(frame) {
    const place = this.#cursor.take(frame.seq)
    if (place === "gap") return this.#line.abandon() // and resume from what we have
    if (place === "duplicate") return this.#receipts.again(frame.seq)
    const { message } = frame
    if (message?.sender === this.#options.user) this.#postman.arrived(message.client_id)
    this.#emit(frame.type, frame)
    this.#receipts.have(this.#cursor.seq)
    this.#line.caughtUp(this.#left)
  }

  #accepted({ client_id, message: id, conversation, number, created_at, seq }) {
    this.#cursor.takeAccepted(seq)
    const draft = this.#postman.arrived(client_id)
    if (draft) {
      const { body, kind = "text", data = null, reply_to = null } = draft
      const sender = this.#options.user
      const never = { edited_at: null, recalled_at: null }
      const message = { id, conversation, number, sender, kind, body, data, client_id, created_at, reply_to, ...never }
      this.#emit("message", { type: "message", seq, message })
    }
    this.#receipts.have(this.#cursor.seq)
    this.#line.caughtUp(this.#left)
  }

  #notificationsRead(frame) {
    this.#notificationMarks.heard(frame)
    this.#keptMarks.toldNotifications(frame)
    this.#emit(frame.type, frame)
  }

  #refused({ code, message, client_id, retry_after }) {
    if (client_id) this.#postman.refused({ code, message, client_id, retry_after })
    else this.#emit("error", { code, message })
  }

  // ---- what is told

  #outboxChanged() {
    this.#emit("outbox")
    this.#postman.deliver()
  }

  #emit(type, detail) {
    for (const handler of this.#handlers.get(type) ?? []) handler(detail)
  }
}
