// Stand-ins for what the client library is given: time, storage, a WebSocket whose other end is the test.

export class FakeClock {
  #time = 1_000_000
  #timers = new Map()
  #last = 0

  now = () => this.#time

  setTimeout = (run, milliseconds) => {
    this.#timers.set(++this.#last, { at: this.#time + milliseconds, run })
    return this.#last
  }

  clearTimeout = (timer) => { this.#timers.delete(timer) }

  // Move on, running what falls due on the way, and let promises settle in between.
  async pass(milliseconds) {
    const end = this.#time + milliseconds
    await settle()
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, one], [, other]) => one.at - other.at)
      if (!due.length) break
      const [timer, { at, run }] = due[0]
      this.#timers.delete(timer)
      this.#time = Math.max(this.#time, at)
      run()
      await settle()
    }
    this.#time = end
  }
}

export const settle = () => new Promise((resolve) => setImmediate(resolve))

export class FakeStorage {
  #items = new Map()
  full = false

  get length() { return this.#items.size }
  key(place) { return [...this.#items.keys()][place] }
  getItem(key) { return this.#items.get(key) ?? null }
  removeItem(key) { this.#items.delete(key) }
  setItem(key, value) {
    if (this.full) throw new Error("QuotaExceededError")
    this.#items.set(key, value)
  }
}

// Each connection that a client opens, in order; the test plays the server.
export class FakeServer {
  connections = []

  constructor() {
    const server = this
    this.WebSocket = class {
      readyState = 0
      sent = []

      constructor(url) { this.url = url; server.connections.push(this) }
      send(text) { this.sent.push(JSON.parse(text)) }
      close() { this.readyState = 2 } // of a dead connection, the end is never told

      // The server's side:
      open() { this.readyState = 1; this.onopen?.() }
      push(frame) { this.onmessage?.({ data: JSON.stringify(frame) }) }
      drop(code = 1006, reason = "") { this.readyState = 3; this.onclose?.({ code, reason }) }
      received(type) { return this.sent.filter((frame) => frame.type === type) }
    }
  }

  get connection() { return this.connections.at(-1) }
}
