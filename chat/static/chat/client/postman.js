import { backoff } from "./backoff.js"

const ANSWER_WITHIN = 15_000 // ms after which an unanswered message is sent again, with the same client_id
const STUCK = 5_000 // ms after which one wonders why another tab does not send what waits
const TRANSIENT = new Set(["busy", "rate_limited", "unauthenticated"])

// Takes the outbox's messages to the server, each when its turn has come, and hears what the server has against them.
// Of all tabs that are connected, the one that has the role does so for all.
export class Postman {
  #outbox; #role; #clock; #random; #send; #changed
  #live = false
  #ours = false // whether we send what all tabs wrote
  #frameBytes = 0
  #turn = null
  #doubt = null
  #sent = new Map() // client_id → what this connection was given and has not answered

  constructor({ outbox, role, clock, random, send, changed }) {
    this.#outbox = outbox
    this.#role = role
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
    this.#role.want()
    this.deliver()
  }

  stop() {
    this.#live = false
    this.#sent.clear()
    this.#clock.clearTimeout(this.#turn)
    this.#clock.clearTimeout(this.#doubt)
    this.#doubt = null
    this.#role.leave()
  }

  // We got the role, or lost it. Before we send for all, we look what all wrote.
  async appointed() {
    this.#ours = false
    if (!this.#role.held) return
    await this.#outbox.refresh()
    this.#ours = this.#role.held
    this.deliver()
  }

  // Send what has its turn, and come back for the next.
  deliver() {
    if (!this.#live) return
    const taken = this.#outbox.ready(this.#ours).map((draft) => this.#take(draft))
    if (taken.includes(false)) return this.#changed() // which comes back here, for those behind
    this.#clock.clearTimeout(this.#turn)
    this.#turn = null
    const wait = this.#outbox.untilNextTurn(this.#ours)
    if (wait !== null) this.#turn = this.#clock.setTimeout(() => this.deliver(), wait)
    if (!this.#role.held) this.#wonder()
  }

  // The server has a message: as an answer to us, or as an event since any tab sent it. What was sent, or undefined when
  // we did not send it, or knew already that the server has it.
  arrived(clientId) {
    const sent = this.#sent.get(clientId)
    this.#sent.delete(clientId)
    if (this.#outbox.accepted(clientId)) this.#changed()
    return sent
  }

  // The server did not take one: not now, or never.
  refused({ code, message, client_id, retry_after }) {
    this.#sent.delete(client_id)
    if (TRANSIENT.has(code)) {
      const wait = retry_after ? retry_after * 1_000 : 500 + backoff(1, { random: this.#random })
      this.#outbox.wait(client_id, wait)
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
  #take(draft) {
    const { client_id, conversation, to, body, kind, data, reply_to } = draft
    const frame = { type: "send", client_id, conversation, to, body, kind, data, reply_to }
    const fits = bytes(frame) <= this.#frameBytes // or the server would end this connection, and every next one
    if (!fits) this.#outbox.failed(client_id, { code: "too_large", message: "" })
    else {
      this.#outbox.wait(client_id, ANSWER_WITHIN)
      this.#sent.set(client_id, draft)
      this.#send(frame)
    }
    return fits
  }

  // Another tab sends for all, or should.
  #wonder() {
    const [first] = this.#outbox.ready()
    if (!first) {
      this.#clock.clearTimeout(this.#doubt)
      this.#doubt = null
    }
    else this.#doubt ??= this.#clock.setTimeout(() => this.#stuck(first), STUCK)
  }

  #stuck(draft) {
    this.#doubt = null
    if (this.#outbox.get(draft.client_id)) this.#role.doubt()
    if (!this.#role.held) this.#wonder()
  }
}

function bytes(frame) {
  return new TextEncoder().encode(JSON.stringify(frame)).length
}
