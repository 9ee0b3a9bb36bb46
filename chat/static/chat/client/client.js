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
//   marks, typing, presence     hints, as they come
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
import { Outbox } from "./outbox.js"
import { Socket } from "./socket.js"

export const MALFORMED = 4500
export const SIGNED_OUT = 4501
export const SOMEONE_ELSE = "someone_else" // another user is signed in by now

const SOON = 50 // ms in which acks and read marks are gathered
const ANSWER_WITHIN = 15_000 // ms after which an unanswered send is sent again, with the same client_id
const STABLE = 5_000 // ms that a connection must have lasted to count as a good one
const TRANSIENT = new Set(["busy", "rate_limited", "unauthenticated"])

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
  #acked = 0
  #reads = new Map() // conversation → number: the furthest we read
  #unreported = new Set() // conversations whose read mark is not sent yet
  #round = 0 // counts up with every attempt: what an older one still waits for is not wanted any more
  #attempt = 0
  #liveSince = null
  #timers = { soon: null, turn: null, retry: null }

  constructor({ device, clock = systemClock, random = Math.random, WebSocket = globalThis.WebSocket, ...options }) {
    this.#options = { device, random, WebSocket, ...options }
    this.#clock = clock
    this.outbox = new Outbox({ storage: options.storage, user: options.user, now: () => clock.now() })
    this.#heartbeat = new Heartbeat({
      clock,
      ping: () => this.#socket?.send({ type: "ping", t: clock.now() }),
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
    this.#cancel("retry")
    socket?.abandon()
  }

  // The machine woke up, the network came back or went: find out now how things are.
  wake() {
    if (this.#timers.retry !== null) this.#retryNow()
    else if (this.#live) this.#heartbeat.check()
  }

  // Write a message: { conversation | to, body, kind?, data?, reply_to? }. It is on its way once it can be.
  send(draft) {
    // Half a surrogate pair is no text: the server would close the connection over it.
    const kept = this.outbox.add({ ...draft, body: draft.body.replace(/\p{Surrogate}/gu, "\ufffd") })
    this.#outboxChanged()
    return kept
  }

  retry(clientId) { this.outbox.retry(clientId); this.#outboxChanged() }

  discard(clientId) { this.outbox.discard(clientId); this.#outboxChanged() }

  // Everything in the conversation up to this number was seen.
  read(conversation, number) {
    if (number <= (this.#reads.get(conversation) ?? 0)) return
    this.#reads.set(conversation, number)
    this.#unreported.add(conversation)
    this.#soon()
  }

  // ---- the connection

  async #open() {
    this.#cancel("retry")
    const round = ++this.#round
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
    if (code === MALFORMED) this.#giveUpSent()
    if (code >= 4500 && code <= 4999) return this.#finish(code, reason)
    this.#retryLater((bye?.reconnect_after ?? 0) * 1_000)
    if (!opened) await this.#checkSignedIn()
  }

  #forgetConnection() {
    this.#live = false
    this.#liveSince = null
    this.#held = null
    this.#heartbeat.stop()
    this.#cancel("soon")
    this.#cancel("turn")
  }

  #retryLater(least = 0) {
    const wait = least + backoff(this.#attempt++, { random: this.#options.random })
    this.#timers.retry = this.#clock.setTimeout(() => this.#retryNow(), wait)
    this.#tell({ state: "offline", since: this.status.since ?? this.#clock.now(), retryAt: this.#clock.now() + wait })
  }

  #retryNow() {
    this.#cancel("retry")
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
    this.#acked = from - 1 // what we brought along counts as well: the first report acknowledges it
    this.#goLive()
  }

  #goLive() {
    this.#live = true
    this.#liveSince = this.#clock.now()
    const held = this.#held ?? []
    this.#held = null
    this.outbox.reconnected()
    this.#tell({ state: "live", since: null, retryAt: null, code: null, reason: "" })
    for (const frame of held) this.#take(frame)
    for (const conversation of this.#reads.keys()) this.#unreported.add(conversation)
    this.#soon()
    this.#flush()
  }

  #take(frame) {
    if (frame.type === "accepted") this.#accepted(frame)
    else if (frame.type === "error") this.#refused(frame)
    else if (Number.isInteger(frame.seq)) this.#event(frame)
    else this.#emit(frame.type, frame)
  }

  // Every stored event, of kinds that we don't know too: the cursor must pass over them.
  #event(frame) {
    const place = this.#cursor.take(frame.seq)
    if (place === "gap") return this.#socket.abandon() // and resume from what we have
    if (place === "duplicate") return this.#acknowledgeAgain(frame.seq)
    const { message } = frame
    if (message?.sender === this.#options.user && this.outbox.accepted(message.client_id)) this.#outboxChanged()
    this.#emit(frame.type, frame)
    this.#soon()
  }

  // It still fills the server's window.
  #acknowledgeAgain(seq) {
    this.#acked = Math.min(this.#acked, seq - 1)
    this.#soon()
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
    this.#soon()
  }

  #refused({ code, message, client_id, retry_after }) {
    if (!client_id) return this.#emit("error", { code, message })
    if (TRANSIENT.has(code)) {
      const wait = retry_after ? retry_after * 1_000 : 500 + backoff(1, { random: this.#options.random })
      this.outbox.wait(client_id, this.#clock.now() + wait)
    } else {
      this.outbox.failed(client_id, { code, message })
    }
    this.#outboxChanged()
  }

  // ---- what goes out

  #outboxChanged() {
    this.#emit("outbox")
    this.#flush()
  }

  // Send the drafts whose turn it is, and come back for the next.
  #flush() {
    if (!this.#live) return
    for (const draft of this.outbox.ready()) this.#sendDraft(draft)
    this.#cancel("turn")
    const turn = this.outbox.nextTurn()
    if (turn !== null) {
      this.#timers.turn = this.#clock.setTimeout(() => this.#flush(), Math.max(0, turn - this.#clock.now()))
    }
  }

  #sendDraft({ client_id, conversation, to, body, kind, data, reply_to }) {
    const frame = { type: "send", client_id, conversation, to, body, kind, data, reply_to }
    if (bytes(frame) > this.#limits.frame_bytes) { // the server would close the connection, again and again
      this.outbox.failed(client_id, { code: "too_large", message: "" })
      return this.#emit("outbox")
    }
    this.outbox.wait(client_id, this.#clock.now() + ANSWER_WITHIN)
    this.#socket.send(frame)
  }

  // Gather acks and read marks for a moment; less, when half of the window is used up.
  #soon() {
    if (!this.#live) return
    if (this.#cursor.seq - this.#acked >= this.#limits.window / 2) return this.#report()
    this.#timers.soon ??= this.#clock.setTimeout(() => this.#report(), SOON)
  }

  #report() {
    this.#cancel("soon")
    if (this.#cursor.seq > this.#acked) {
      this.#acked = this.#cursor.seq
      this.#socket.send({ type: "ack", seq: this.#acked })
    }
    for (const conversation of this.#unreported) {
      this.#socket.send({ type: "read", conversation, number: this.#reads.get(conversation) })
    }
    this.#unreported.clear()
  }

  // What was on its way when the server found it no frame at all would end every connection: its writer decides.
  #giveUpSent() {
    for (const draft of this.outbox.started()) this.outbox.failed(draft.client_id, { code: "invalid", message: "" })
    this.#emit("outbox")
  }

  #cancel(name) {
    this.#clock.clearTimeout(this.#timers[name])
    this.#timers[name] = null
  }

  #tell(change) {
    this.status = { ...this.status, ...change }
    this.#emit("status", this.status)
  }

  #emit(type, detail) {
    for (const handler of this.#handlers.get(type) ?? []) handler(detail)
  }
}

function bytes(frame) {
  return new TextEncoder().encode(JSON.stringify(frame)).length
}
