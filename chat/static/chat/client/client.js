// A chat client over /ws/v1/: connected, resumed, kept in order, whatever happens to the network, the node, the page and
// its tab. It knows no page. README.md beside this file says how it is used.
import { Alarm } from "./alarm.js"
import { Attention } from "./attention.js"
import { backoff } from "./backoff.js"
import { browserMeans } from "./browser.js"
import { systemClock } from "./clock.js"
import { Cursor } from "./cursor.js"
import { EarlierDrafts } from "./earlier_drafts.js"
import { Heartbeat } from "./heartbeat.js"
import { NotificationMarks } from "./notification_marks.js"
import { Outbox } from "./outbox.js"
import { Postman } from "./postman.js"
import { Receipts } from "./receipts.js"
import { Role } from "./role.js"
import { Signs } from "./signs.js"
import { Socket } from "./socket.js"
import { Tabs } from "./tabs.js"

export const MALFORMED = 4500
export const SIGNED_OUT = 4501
export const SOMEONE_ELSE = "someone_else" // another user is signed in by now

const STABLE = 5_000 // ms that a connection must have lasted to count as a good one

export function connect(options) {
  const client = new Client(options)
  client.start()
  return client
}

export class Client {
  status = { state: "connecting", since: null, back: null, left: 0, retryAt: null, code: null, reason: "" }
  #options
  #clock
  #tabs
  #alarm
  #attention
  #claimed = 0 // where no store says it
  #handlers = new Map()
  #cursor = new Cursor()
  #heartbeat
  #socket = null
  #limits = { frame_bytes: 65_536, window: 64 }
  #live = false
  #head = 0 // how far the inbox went when we were greeted
  #held = null // frames that wait while the state is loaded
  #receipts
  #notificationMarks
  #signs
  #postman
  #round = 0 // counts up with every stop: what an earlier start still waits for is not wanted any more
  #attempt = 0
  #liveSince = null
  #retry = null

  constructor({ device, clock = systemClock, random = Math.random, WebSocket = globalThis.WebSocket, ...options }) {
    this.#options = { device, random, WebSocket, ...browserMeans(), ...options }
    this.#clock = clock
    const send = (frame) => this.#socket?.send(frame)
    this.#setUpTabs()
    this.#attention = new Attention({ name: `imsite.looking.${options.user}`, locks: this.#options.locks })
    this.#receipts = new Receipts({ clock, send })
    this.#notificationMarks = new NotificationMarks({ send })
    this.#signs = new Signs({ clock, send })
    this.#setUpOutbox({ clock, random, send })
    this.#alarm = new Alarm({ clock, woke: () => this.#woke(), newTime: () => this.#emit("time") })
    this.#heartbeat = new Heartbeat({
      clock,
      ping: () => send({ type: "ping", t: clock.now() }),
      dead: () => this.#socket?.abandon(),
    })
  }

  on(type, handler) {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler])
    return this
  }

  start() {
    this.#tabs.open()
    this.outbox.open()
    this.#alarm.start()
    this.#open()
  }

  // For good: nothing is heard or sent any more.
  stop() {
    this.#disconnect()
    this.#alarm.stop()
    this.#attention.look(null)
    this.#tabs.close()
  }

  // Come back although the server said not to: the person decided so.
  restart() {
    this.#disconnect()
    this.#attempt = 0
    this.#tell({ state: "connecting", since: null, back: null, retryAt: null, code: null, reason: "" })
    this.#open()
  }

  // The network came back or went, somebody looks at the page again: find out now how things are.
  wake() {
    this.outbox.refresh()
    if (this.#retry !== null) this.#retryNow()
    else if (this.#live) this.#heartbeat.check()
  }

  // Write a message: { conversation | to, body, kind?, data?, reply_to? }. It is on its way once it can be.
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
    if (this.#receipts.read(conversation, number)) this.#tabs.say("read", { conversation, number })
  }

  // These notifications were seen, by the ids of their messages, and all up to a seq.
  readNotifications({ ids = [], upTo = 0 }) {
    this.#notificationMarks.read({ ids, upTo })
    this.#tabs.say("notifications read", { ids, upTo })
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

  // ---- the other tabs

  // What is read in one of them is read in all of them, also while nobody is connected; and if that one is closed before
  // it could tell the server, another one does.
  #setUpTabs() {
    const { user, BroadcastChannel } = this.#options
    this.#tabs = new Tabs({ name: `imsite.${user}`, BroadcastChannel })
    this.#tabs.on("read", ({ conversation, number }) => {
      this.#receipts.know(conversation, number)
      this.#emit("marks", { type: "marks", conversation, user, read: number })
    })
    this.#tabs.on("notifications read", ({ ids, upTo }) => {
      this.#notificationMarks.know({ ids, upTo })
      this.#emit("notifications_read", { type: "notifications_read", ids, up_to: upTo })
    })
  }

  #setUpOutbox({ clock, random, send }) {
    const { user, store, storage, locks } = this.#options, tabs = this.#tabs
    const changed = () => this.#outboxChanged()
    const earlier = new EarlierDrafts({ storage, user })
    this.outbox = new Outbox({ store, user, clock, tabs, earlier, changed })
    const role = new Role({ name: `imsite.outbox.${user}`, locks, tabs, clock, changed: () => this.#postman.appointed() })
    this.#postman = new Postman({ outbox: this.outbox, role, clock, random, send, changed })
  }

  // ---- the connection

  async #open() {
    this.#cancelRetry()
    const round = this.#round
    if (!this.#cursor.known) {
      const position = await this.#load(() => round === this.#round)
      if (!position) return
      this.#cursor.start(position)
    }
    this.#connect()
  }

  #connect() {
    const socket = new Socket({
      url: this.#options.url,
      WebSocket: this.#options.WebSocket,
      opened: () => this.#hello(socket),
      frame: (frame) => { if (socket === this.#socket) this.#heard(frame) },
      closed: (how) => { if (socket === this.#socket) this.#closed(how) },
    })
    this.#socket = socket
    this.#heartbeat.start()
  }

  #hello(socket) {
    const { epoch, seq } = this.#cursor
    socket.send({ type: "hello", device: this.#options.device, epoch, seq })
  }

  async #closed({ code, reason, bye, opened }) {
    this.#socket = null
    if (this.#liveSince !== null && this.#clock.elapsed() - this.#liveSince >= STABLE) this.#attempt = 0
    this.#forgetConnection()
    if (code === MALFORMED) this.#postman.giveUp()
    if (code >= 4500 && code <= 4999) return this.#finish(code, reason)
    this.#retryLater((bye?.reconnect_after ?? 0) * 1_000)
    if (!opened) await this.#checkSignedIn()
  }

  #disconnect() {
    const socket = this.#socket
    this.#socket = null
    this.#round += 1
    this.#forgetConnection()
    this.#cancelRetry()
    socket?.abandon()
  }

  // The machine has slept. Whatever was being opened then is not worth waiting for.
  #woke() {
    if (this.#socket && !this.#live) this.#socket.abandon()
    this.wake()
  }

  #forgetConnection() {
    this.#live = false
    this.#liveSince = null
    this.#held = null
    this.#heartbeat.stop()
    this.#receipts.stop()
    this.#notificationMarks.stop()
    this.#signs.stop()
    this.#postman.stop()
  }

  #cancelRetry() {
    this.#clock.clearTimeout(this.#retry)
    this.#retry = null
  }

  #retryLater(least = 0) {
    const wait = least + backoff(this.#attempt++, { random: this.#options.random })
    this.#retry = this.#clock.setTimeout(() => this.#retryNow(), wait)
    this.#tell({ state: "offline", since: this.status.since ?? this.#clock.now(), retryAt: this.#clock.now() + wait })
  }

  #retryNow() {
    this.#cancelRetry()
    this.#tell({ retryAt: null })
    this.#open()
  }

  // A refused upgrade looks like an outage. Only the server can tell, by REST.
  async #checkSignedIn() {
    try {
      await this.#options.check?.()
    } catch (error) {
      if (error.status === 401 && this.status.state === "offline") this.#finish(SIGNED_OUT, "")
    }
  }

  #finish(code, reason) {
    this.#disconnect()
    this.#tell({ state: "closed", code, reason, since: this.status.since ?? this.#clock.now(), retryAt: null })
  }

  // ---- the state

  // Load the state, or see to it that it is tried again. Null when it could not be had, or is not wanted any more.
  async #load(wanted) {
    try {
      const position = await this.#options.load()
      return wanted() ? position : null
    } catch (error) {
      if (!wanted()) return null
      if (error.status === 401) this.#finish(SIGNED_OUT, "")
      else if (this.#socket) this.#socket.abandon()
      else this.#retryLater()
      return null
    }
  }

  async #resync(socket) {
    this.#held = []
    this.#cursor.start({ epoch: null, seq: null }) // a failure starts from nothing
    return await this.#load(() => socket === this.#socket)
  }

  // ---- frames

  #heard(frame) {
    this.#heartbeat.heard()
    if (frame.type === "welcome") this.#welcome(frame)
    else if (this.#held) this.#held.push(frame)
    else this.#take(frame)
  }

  async #welcome(welcome) {
    if (welcome.user.id !== this.#options.user) return this.#finish(SOMEONE_ELSE, "")
    Object.assign(this.#limits, welcome.limits)
    const from = welcome.from ?? welcome.head
    const lost = welcome.resync || welcome.epoch !== this.#cursor.epoch || from > this.#cursor.seq
    if (lost) {
      const socket = this.#socket
      if (!(await this.#resync(socket))) return
      this.#cursor.start({ epoch: welcome.epoch, seq: from })
    }
    this.#receipts.start({ from, seq: this.#cursor.seq, window: this.#limits.window })
    this.#head = welcome.head
    this.#goLive()
  }

  #goLive() {
    this.#live = true
    this.#liveSince = this.#clock.elapsed()
    const held = this.#held ?? []
    this.#held = null
    const back = this.status.since === null ? null : this.#clock.now()
    const left = this.#left, state = left ? "catching_up" : "live"
    this.#tell({ state, left, since: null, back, retryAt: null, code: null, reason: "" })
    this.#postman.start(this.#limits)
    this.#notificationMarks.start()
    this.#signs.start()
    for (const frame of held) this.#take(frame)
  }

  // How many events of those that were there when we were greeted are still to come.
  get #left() { return Math.max(0, this.#head - this.#cursor.seq) }

  #caughtUp() {
    if (this.status.state !== "catching_up") return
    const left = this.#left
    if (!left) this.#tell({ state: "live", left })
    else if (left !== this.status.left) this.#tell({ left })
  }

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
    if (place === "gap") return this.#socket?.abandon() // and resume from what we have
    if (place === "duplicate") return this.#receipts.again(frame.seq)
    const { message } = frame
    if (message?.sender === this.#options.user) this.#postman.arrived(message.client_id)
    this.#emit(frame.type, frame)
    this.#receipts.have(this.#cursor.seq)
    this.#caughtUp()
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
    this.#caughtUp()
  }

  #notificationsRead(frame) {
    this.#notificationMarks.heard(frame)
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

  #tell(change) {
    this.status = { ...this.status, ...change }
    this.#emit("status", this.status)
  }

  #emit(type, detail) {
    for (const handler of this.#handlers.get(type) ?? []) handler(detail)
  }
}
