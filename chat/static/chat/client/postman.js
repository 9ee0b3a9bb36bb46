import { backoff } from "./backoff.js"

const ANSWER_WITHIN = 15_000 // ms after which an unanswered message is sent again, with the same client_id
const TRANSIENT = new Set(["busy", "rate_limited", "unauthenticated"])

// Takes the outbox's messages to the server, each when its turn has come, and hears what the server has against them.
export class Postman {
  #outbox; #clock; #random; #send; #changed
  #live = false
  #frameBytes = 0
  #turn = null

  constructor({ outbox, clock, random, send, changed }) {
    this.#outbox = outbox
    this.#clock = clock
    this.#random = random
    this.#send = send
    this.#changed = changed
  }

  // A new connection: nothing is on its way.
  start({ frame_bytes }) {
    this.#live = true
    this.#frameBytes = frame_bytes
    this.#outbox.reconnected()
    this.deliver()
  }

  stop() {
    this.#live = false
    this.#clock.clearTimeout(this.#turn)
  }

  // Send what has its turn, and come back for the next.
  deliver() {
    if (!this.#live) return
    const taken = this.#outbox.ready().map((draft) => this.#take(draft))
    if (taken.includes(false)) return this.#changed() // which comes back here, for those behind
    this.#clock.clearTimeout(this.#turn)
    const turn = this.#outbox.nextTurn()
    if (turn === null) return
    this.#turn = this.#clock.setTimeout(() => this.deliver(), Math.max(0, turn - this.#clock.now()))
  }

  // The server did not take one: not now, or never.
  refused({ code, message, client_id, retry_after }) {
    if (TRANSIENT.has(code)) {
      const wait = retry_after ? retry_after * 1_000 : 500 + backoff(1, { random: this.#random })
      this.#outbox.wait(client_id, this.#clock.now() + wait)
    } else {
      this.#outbox.failed(client_id, { code, message })
    }
    this.#changed()
  }

  // What was on its way when the server found it no frame at all would end every connection: its writer decides.
  giveUp() {
    for (const { client_id } of this.#outbox.started()) this.#outbox.failed(client_id, { code: "invalid", message: "" })
    this.#changed()
  }

  // Whether it could be taken.
  #take({ client_id, conversation, to, body, kind, data, reply_to }) {
    const frame = { type: "send", client_id, conversation, to, body, kind, data, reply_to }
    const fits = bytes(frame) <= this.#frameBytes // or the server would end this connection, and every next one
    if (!fits) this.#outbox.failed(client_id, { code: "too_large", message: "" })
    else {
      this.#outbox.wait(client_id, this.#clock.now() + ANSWER_WITHIN)
      this.#send(frame)
    }
    return fits
  }
}

function bytes(frame) {
  return new TextEncoder().encode(JSON.stringify(frame)).length
}
