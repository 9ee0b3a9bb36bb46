// A chat client over /ws/v1/: connected, resumed, kept in order. It knows no page.
//
//   import { connect } from ".../client/client.js"
//   const client = connect({ url, user, load, storage: localStorage })
//   client.on("message", ({ message }) => …)
//   client.send({ conversation: 5, body: "hello" })
//
// `url`      of the socket: wss://…/ws/v1/
// `user`     the id of the signed-in user: whose outbox this is, and whom the server must greet
// `load`     async () => ({ epoch, seq }): fetches the state that you show, and says up to which inbox entry it
//            holds everything: ask for the inbox's head first, for the rest after it. Called at the start and
//            whenever the server says `resync`. What it throws with `status` 401 means: signed out
// `check`    async () => {}: any call that throws with `status` 401 when signed out. Asked when a connection
//            could not be opened, since browsers don't tell a refusal from an outage
// `storage`  where the outbox lives, of localStorage's interface
//
// Events, by `on(type, handler)`:
//   message, edited, recalled   { seq, message }: each once, in order. Apply them by message number: what `load`
//                               fetched may hold them already
//   marks, typing, presence, notifications_read   hints, as they come
//   outbox                      something in `client.outbox` changed
//   status                      `client.status` changed: { state, since, retryAt, code, reason }
//       connecting   the first attempt
//       live         greeted, and following
//       offline      since `since`; the next attempt at `retryAt`, or one is going on when that is null
//       closed       not coming back by itself: `code` 4500–4999 or SOMEONE_ELSE
import { backoff } from "./backoff.js"
import { systemClock } from "./clock.js"
import { Cursor } from "./cursor.js"
import { Heartbeat } from "./heartbeat.js"
import { NotificationMarks } from "./notification_marks.js"
import { Outbox } from "./outbox.js"
import { Postman } from "./postman.js"
import { Receipts } from "./receipts.js"
import { Signs } from "./signs.js"
import { Socket } from "./socket.js"

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
  status = { state: "connecting", since: null, retryAt: null, code: null, reason: "" }
  #options
  #clock
  #handlers = new Map()
  #cursor = new Cursor()
  #heartbeat
  #socket = null
  #limits = { frame_bytes: 65_536, window: 64 }
  #live = false
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
    this.#options = { device, random, WebSocket, ...options }
    this.#clock = clock
    this.outbox = new Outbox({ storage: options.storage, user: options.user, now: () => clock.now() })
    const send = (frame) => this.#socket?.send(frame)
    this.#receipts = new Receipts({ clock, send })
    this.#notificationMarks = new NotificationMarks({ send })
    this.#signs = new Signs({ clock, send })
    const changed = () => this.#outboxChanged()
    this.#postman = new Postman({ outbox: this.outbox, clock, random, send, changed })
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

  start() { this.#open() }

  // Come back although the server said not to: the person decided so.
  restart() {
    this.stop()
    this.#attempt = 0
    this.#tell({ state: "connecting", since: null, retryAt: null, code: null, reason: "" })
    this.#open()
  }

  stop() {
    const socket = this.#socket
    this.#socket = null
    this.#round += 1
    this.#forgetConnection()
    this.#cancelRetry()
    socket?.abandon()
  }

  // The machine woke up, the network came back or went: find out now how things are.
  wake() {
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
  read(conversation, number) { this.#receipts.read(conversation, number) }

  // These notifications were seen, by the ids of their messages, and all up to a seq.
  readNotifications(which) { this.#notificationMarks.read(which) }

  // The person is typing there. Call it with every key: it is told every 3 s at most, and only while connected.
  typing(conversation) { this.#signs.typing(conversation) }

  // Whose `presence` to tell: these users (at most 200), each at once and on each change; over reconnects too.
  watch(users) { this.#signs.watch(users) }

  // Whether nobody is at this device.
  idle(idle) { this.#signs.idle(idle) }

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
    if (this.#liveSince !== null && this.#clock.now() - this.#liveSince >= STABLE) this.#attempt = 0
    this.#forgetConnection()
    if (code === MALFORMED) this.#postman.giveUp()
    if (code >= 4500 && code <= 4999) return this.#finish(code, reason)
    this.#retryLater((bye?.reconnect_after ?? 0) * 1_000)
    if (!opened) await this.#checkSignedIn()
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
    this.stop()
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
    this.#goLive()
  }

  #goLive() {
    this.#live = true
    this.#liveSince = this.#clock.now()
    const held = this.#held ?? []
    this.#held = null
    this.#tell({ state: "live", since: null, retryAt: null, code: null, reason: "" })
    this.#postman.start(this.#limits)
    this.#notificationMarks.start()
    this.#signs.start()
    for (const frame of held) this.#take(frame)
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
    if (message?.sender === this.#options.user && this.outbox.accepted(message.client_id)) this.#outboxChanged()
    this.#emit(frame.type, frame)
    this.#receipts.have(this.#cursor.seq)
  }

  #accepted({ client_id, message: id, conversation, number, created_at, seq }) {
    this.#cursor.takeAccepted(seq)
    const draft = this.outbox.accepted(client_id)
    if (draft) {
      const { body, kind = "text", data = null, reply_to = null } = draft
      const sender = this.#options.user
      const never = { edited_at: null, recalled_at: null }
      const message = { id, conversation, number, sender, kind, body, data, client_id, created_at, reply_to, ...never }
      this.#emit("message", { type: "message", seq, message })
      this.#outboxChanged()
    }
    this.#receipts.have(this.#cursor.seq)
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
