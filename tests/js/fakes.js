// Stand-ins for what the client library is given: time, a WebSocket whose other end is the test, and what the tabs of one
// browser have in common.

export class FakeClock {
  #elapsed = 1_000_000
  #shift = 0 // what the clock on the wall is ahead
  #timers = new Map()
  #last = 0

  now = () => this.#elapsed + this.#shift

  elapsed = () => this.#elapsed

  setTimeout = (run, milliseconds) => {
    this.#timers.set(++this.#last, { at: this.#elapsed + milliseconds, run })
    return this.#last
  }

  clearTimeout = (timer) => { this.#timers.delete(timer) }

  // Move on, running what falls due on the way, and let promises settle in between.
  async pass(milliseconds) {
    const end = this.#elapsed + milliseconds
    await settle()
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, one], [, other]) => one.at - other.at)
      if (!due.length) break
      const [timer, { at, run }] = due[0]
      this.#timers.delete(timer)
      this.#elapsed = Math.max(this.#elapsed, at)
      run()
      await settle()
    }
    this.#elapsed = end
  }

  // Time goes by in which nothing runs. Timers don't count it.
  sleep(milliseconds) { this.#shift += milliseconds }
}

// Let everything happen that needs no time: what tabs tell each other takes a few turns.
export async function settle(turns = 12) {
  while (turns--) await new Promise((resolve) => setImmediate(resolve))
}

export class FakeStorage {
  #items = new Map()

  get length() { return this.#items.size }
  key(place) { return [...this.#items.keys()][place] }
  getItem(key) { return this.#items.get(key) ?? null }
  removeItem(key) { this.#items.delete(key) }
  setItem(key, value) { this.#items.set(key, value) }
}

// One browser: what its tabs have in common. `late` is how long its store takes for each change, as a promise.
export class FakeBrowser {
  rows = []
  full = false
  hangs = false
  late = async () => {}
  #order = 0
  #queue = Promise.resolve()
  #claims = new Map()
  marks = new Map()
  #channels = new Set()
  #locks = new Map() // name → [{ tab, grant, steal }]: the first one has it

  // What a page in this browser is given. `kill()` ends it as a crash does: from one moment to the next.
  tab() {
    const tab = { alive: true }
    return {
      store: {
        change: (...asked) => this.#change(tab, ...asked),
        claim: (...asked) => this.#claim(...asked),
        marks: (...asked) => this.#changeMarks(tab, ...asked),
        forget: async (user) => this.#forget(user),
        keepFiles: (...asked) => this.#keepFiles(tab, ...asked),
        file: async (user, key) => this.files.get(`${user} ${key}`),
        sweepFiles: async (user) => this.#sweepFiles(user),
      },
      locks: { request: (...asked) => this.#request(tab, ...asked), query: async () => this.#query() },
      BroadcastChannel: this.#channelOf(tab),
      kill: () => this.#kill(tab),
      freeze: () => { tab.frozen = true },
    }
  }

  get drafts() { return this.rows }

  everKept = [] // also what was dropped since

  files = new Map() // "user key" → Blob

  async #keepFiles(tab, user, files) {
    await this.late()
    if (!tab.alive) return await new Promise(() => {})
    if (this.full || this.noFiles) throw new Error("QuotaExceededError")
    for (const { key, file } of files) this.files.set(`${user} ${key}`, file)
  }

  #sweepFiles(user) {
    const named = this.rows.filter((row) => row.user === user).flatMap(({ files = [] }) => files.map(({ key }) => `${user} ${key}`))
    for (const key of this.files.keys()) if (key.startsWith(`${user} `) && !named.includes(key)) this.files.delete(key)
  }

  // One transaction after the other, as IndexedDB has it. One of a page that dies is done, or it is not.
  #change(tab, user, { drop = [], add = [], change = [] } = {}) {
    const answer = this.#queue.then(async () => {
      if (this.hangs) return await new Promise(() => {})
      await this.late()
      if (!tab.alive) return null // and nobody hears it
      if (this.full && add.length) throw new Error("QuotaExceededError")
      const place = (id) => this.rows.findIndex((row) => row.user === user && row.client_id === id)
      for (const id of drop) if (place(id) >= 0) this.rows.splice(place(id), 1)
      for (const draft of add.filter(({ client_id }) => place(client_id) < 0)) {
        this.rows.push({ ...draft, user, order: ++this.#order })
        this.everKept.push(draft)
      }
      for (const draft of change) if (place(draft.client_id) >= 0) this.rows[place(draft.client_id)] = { ...draft, user }
      return structuredClone(this.rows.filter((row) => row.user === user))
    })
    this.#queue = this.hangs ? Promise.resolve() : answer.catch(() => {})
    return answer.then((value) => tab.alive ? value : new Promise(() => {}))
  }

  async #claim(user, { epoch, seq }) {
    await this.late()
    if (this.full) throw new Error("QuotaExceededError")
    const last = this.#claims.get(user)
    if (last?.epoch === epoch && last.seq >= seq) return false
    return Boolean(this.#claims.set(user, { epoch, seq }))
  }

  async #changeMarks(tab, user, change) {
    await this.late()
    if (this.full) throw new Error("QuotaExceededError")
    if (!tab.alive) return await new Promise(() => {})
    const marks = structuredClone(change(structuredClone(this.marks.get(user) ?? null)))
    if (marks === null) this.marks.delete(user)
    else this.marks.set(user, marks)
    return marks
  }

  #forget(user) {
    this.rows = this.rows.filter((row) => row.user !== user)
    this.#claims.delete(user)
    this.marks.delete(user)
    for (const key of this.files.keys()) if (key.startsWith(`${user} `)) this.files.delete(key)
  }

  #query() {
    const held = [...this.#locks].flatMap(([name, queue]) => queue.filter((one) => one.held).map(() => ({ name })))
    return { held }
  }

  #channelOf(tab) {
    const channels = this.#channels
    return class {
      constructor(name) { Object.assign(this, { name, tab }); channels.add(this) }
      close() { channels.delete(this) }
      postMessage(data) {
        if (!tab.alive) return
        for (const other of channels) if (other !== this && other.name === this.name) setImmediate(() => other.hear(data))
      }
      hear(data) {
        if (channels.has(this) && tab.alive && !tab.frozen) this.onmessage?.({ data: structuredClone(data) })
      }
    }
  }

  #request(tab, name, { signal, steal, mode }, run) {
    return new Promise((resolve, reject) => {
      const queue = this.#locks.get(name) ?? []
      this.#locks.set(name, queue)
      const abort = () => reject(Object.assign(new Error(), { name: "AbortError" }))
      const request = { tab, held: false, abort }
      request.grant = () => {
        request.held = true
        setImmediate(() => Promise.resolve(run()).then((value) => { this.#release(queue, request); resolve(value) }))
      }
      signal?.addEventListener("abort", () => { if (!request.held) { this.#release(queue, request); abort() } })
      if (steal) {
        queue.shift()?.abort()
        queue.unshift(request)
      } else queue.push(request)
      if (queue[0] === request || mode === "shared") request.grant()
    })
  }

  #release(queue, request) {
    const place = queue.indexOf(request)
    if (place >= 0) queue.splice(place, 1)
    if (place === 0 && queue.length && !queue[0].held) queue[0].grant()
  }

  #kill(tab) {
    tab.alive = false
    for (const channel of this.#channels) if (channel.tab === tab) this.#channels.delete(channel)
    for (const queue of this.#locks.values()) {
      for (const request of queue.filter((one) => one.tab === tab)) this.#release(queue, request)
    }
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
