import { Alarm } from "./alarm.js"
import { backoff } from "./backoff.js"
import { Heartbeat } from "./heartbeat.js"
import { Socket } from "./socket.js"

export const SIGNED_OUT = 4501

const STABLE = 5_000 // ms that a connection must have lasted to count as a good one

// The connection as it comes and goes: when it is tried, whether it lives, what is true about it.
//
// `prepare`  async (wanted) => whether to connect now
// `check`    async () => {}: throws with `status` 401 when signed out
// `on`       { opened(), frame(frame), lost(code), status(status), time() }; `code` is null where we ended it
export class Line {
  status = { state: "connecting", since: null, back: null, left: 0, retryAt: null, code: null, reason: "" }
  #url; #WebSocket; #clock; #random; #prepare; #check; #on
  #alarm
  #heartbeat
  #socket = null
  #round = 0 // counts up with every end: what an earlier start still waits for is not wanted any more
  #attempt = 0
  #greetedAt = null
  #answers = false // whether something was heard by this connection: then one may ask it
  #retry = null

  constructor({ url, WebSocket, clock, random, prepare, check = async () => {}, on }) {
    this.#url = url
    this.#WebSocket = WebSocket
    this.#clock = clock
    this.#random = random
    this.#prepare = prepare
    this.#check = check
    this.#on = on
    this.#alarm = new Alarm({ clock, woke: () => this.#woke(), newTime: on.time })
    const ping = () => this.send({ type: "ping", t: clock.now() })
    this.#heartbeat = new Heartbeat({ clock, ping, dead: () => this.abandon() })
  }

  // The connection that there is or is being made, or null: to know later whether it is still the same.
  get current() { return this.#socket }

  start() {
    this.#alarm.start()
    this.#open()
  }

  // For good.
  stop() {
    this.#end()
    this.#alarm.stop()
  }

  restart() {
    this.#end()
    this.#attempt = 0
    this.#tell({ state: "connecting", since: null, back: null, retryAt: null, code: null, reason: "" })
    this.#open()
  }

  // Find out now how things are.
  wake() {
    if (this.#retry !== null) this.#retryNow()
    else if (this.#answers) this.#heartbeat.check()
    else if (this.#socket) this.#heartbeat.hurry() // opened into a network that may be gone
  }

  send(frame) { return this.#socket?.send(frame) }

  // Give this connection up, and come back.
  abandon() { this.#socket?.abandon() }

  // Not to be had now; `error` says why.
  failed(error) {
    if (error.status === 401) this.finish(SIGNED_OUT)
    else if (this.#socket) this.abandon()
    else this.#retryLater()
  }

  // Not coming back by itself.
  finish(code, reason = "") {
    this.#end()
    this.#tell({ state: "closed", code, reason, since: this.status.since ?? this.#clock.now(), retryAt: null })
  }

  // The server has greeted us, and so much is left to catch up.
  greeted(left) {
    this.#greetedAt = this.#clock.elapsed()
    const back = this.status.since === null ? null : this.#clock.now()
    this.#tell({ state: stateOf(left), left, since: null, back, retryAt: null, code: null, reason: "" })
  }

  caughtUp(left) {
    if (this.status.state !== "catching_up" || left === this.status.left) return
    const back = left || this.status.back === null ? this.status.back : this.#clock.now() // with all that it missed
    this.#tell({ state: stateOf(left), left, back })
  }

  async #open() {
    this.#cancelRetry()
    const round = this.#round, wanted = () => round === this.#round
    if (await this.#prepare(wanted) && wanted()) this.#connect()
  }

  #connect() {
    const socket = this.#socket = new Socket({
      url: this.#url,
      WebSocket: this.#WebSocket,
      opened: () => { if (socket === this.#socket) this.#on.opened() },
      frame: (frame) => { if (socket === this.#socket) this.#heard(frame) },
      closed: (how) => { if (socket === this.#socket) this.#closed(how) },
    })
    this.#heartbeat.start()
  }

  #heard(frame) {
    this.#answers = true
    this.#heartbeat.heard()
    this.#on.frame(frame)
  }

  async #closed({ code, reason, bye, opened }) {
    if (this.#greetedAt !== null && this.#clock.elapsed() - this.#greetedAt >= STABLE) this.#attempt = 0
    this.#forget(code)
    if (code >= 4500 && code <= 4999) return this.finish(code, reason)
    this.#retryLater((bye?.reconnect_after ?? 0) * 1_000)
    if (!opened) await this.#checkSignedIn()
  }

  #end() {
    const socket = this.#socket
    this.#round += 1
    this.#forget(null)
    this.#cancelRetry()
    socket?.abandon()
  }

  #forget(code) {
    this.#socket = null
    this.#greetedAt = null
    this.#answers = false
    this.#heartbeat.stop()
    this.#on.lost(code)
  }

  // The machine has slept. Whatever was being opened then is not worth waiting for.
  #woke() {
    if (this.#greetedAt === null) this.abandon()
    this.wake()
  }

  #cancelRetry() {
    this.#clock.clearTimeout(this.#retry)
    this.#retry = null
  }

  #retryLater(least = 0) {
    const wait = least + backoff(this.#attempt++, { random: this.#random })
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
      await this.#check()
    } catch (error) {
      if (error.status === 401 && this.status.state === "offline") this.finish(SIGNED_OUT)
    }
  }

  #tell(change) {
    this.status = { ...this.status, ...change }
    this.#on.status(this.status)
  }
}

const stateOf = (left) => left ? "catching_up" : "live"
