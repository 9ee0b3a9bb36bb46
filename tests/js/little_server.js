// A server as small as the protocol allows, for one user: it stores each client_id once, in the order in which it hears
// of them, and tells every connection. Frames take a moment in each direction, and are lost with their connection.
export class LittleServer {
  stored = [] // messages; the seq and the number of each are its place, from 1
  sends = 0 // send frames that arrived
  reads = [] // [conversation, number]
  notificationsRead = [] // [id …]
  busy = 0 // how many of the next sends are refused
  down = false
  #user
  #clock
  #late
  #connections = new Set()

  constructor({ user, clock, late = () => 1 }) {
    this.#user = user
    this.#clock = clock
    this.#late = late
  }

  // The WebSocket of one page; `alive()` is whether it still runs.
  webSocket(alive = () => true) {
    const server = this
    return class {
      readyState = 0
      #closed = false
      #seq = null
      #out = 0 // when the last frame arrives that is on its way
      #in = 0

      constructor() { server.#soon(() => server.down ? this.drop() : this.#open()) }

      send(text) { this.#out = server.#soon(() => { if (!this.#closed && !server.down) this.#hear(JSON.parse(text)) }, this.#out) }
      close() { this.drop() }

      drop(code = 1006) {
        if (this.#closed) return
        this.#closed = true
        this.readyState = 3
        server.#connections.delete(this)
        if (alive()) this.onclose?.({ code, reason: "" })
      }

      tell(frame) {
        const arrive = () => { if (!this.#closed && alive()) this.onmessage?.({ data: JSON.stringify(frame) }) }
        this.#in = server.#soon(arrive, this.#in)
      }

      event(message, seq) { if (this.#seq !== null) this.tell({ type: "message", seq, message }) }

      #open() {
        if (this.#closed || !alive()) return
        this.readyState = 1
        server.#connections.add(this)
        this.onopen?.()
      }

      #hear(frame) {
        if (frame.type === "hello") this.#greet(frame)
        else if (frame.type === "send") server.#take(frame, this)
        else if (frame.type === "read") server.reads.push([frame.conversation, frame.number])
        else if (frame.type === "notifications_read") server.notificationsRead.push(frame.ids)
        else if (frame.type === "ping") this.tell({ type: "pong", t: frame.t, head: server.head })
      }

      #greet({ epoch, seq }) {
        const limits = { frame_bytes: 65_536, window: 64, sends_per_minute: 6_000 }
        const user = { id: server.#user, name: "Alice", kind: "user" }
        this.#seq = seq
        this.tell({ type: "welcome", user, epoch, head: server.head, from: seq, limits })
        for (let next = seq + 1; next <= server.head; next += 1) this.event(server.stored[next - 1], next)
      }
    }
  }

  get head() { return this.stored.length }

  get connections() { return [...this.#connections] }

  position = async () => ({ epoch: "e", seq: this.head })

  // Not before what is on its way. Returns when.
  #soon(run, last = 0) {
    const now = this.#clock.elapsed(), at = Math.max(last, now + this.#late())
    this.#clock.setTimeout(run, at - now)
    return at
  }

  #take({ client_id, conversation, body, kind = "text", data = null }, from) {
    this.sends += 1
    if (this.busy > 0) {
      this.busy -= 1
      return from.tell({ type: "error", code: "busy", message: "Later.", client_id, retry_after: 1 })
    }
    const known = this.stored.findIndex((message) => message.client_id === client_id)
    if (known >= 0) return from.tell(accepted(this.stored[known]))
    const seq = this.head + 1
    const message = { id: seq, conversation, number: seq, sender: this.#user, kind, body, data, client_id }
    this.stored.push(message)
    for (const connection of this.#connections) {
      if (connection === from) connection.tell(accepted(message))
      else connection.event(message, seq)
    }
  }
}

function accepted({ client_id, id, conversation, number }) {
  return { type: "accepted", client_id, message: id, conversation, number, created_at: "2026-01-01T00:00:00Z", seq: number }
}
