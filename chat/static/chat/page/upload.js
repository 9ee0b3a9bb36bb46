import { backoff } from "../client/backoff.js"

const SMALLEST = 65_536 // bytes of a part; the last one may be smaller
const FIRST = 131_072
const LARGEST = 524_288
const QUICK = 1_000 // ms: what took less may be followed by twice as much
export const LOST = "lost" // the file itself is not there any more
const PERMANENT = new Set([400, 401, 403, 404, 413, 415])
const FOR_GOOD = new Set([400, 413, 415]) // it is the file that is not wanted

// One file on its way to the server, part by part. It goes on where it was after a bad network, and starts anew where
// the server knows it no more. Knows no `document`.
//
// `rest` has begin({ name, size, type }), append(id, offset, blob, signal), look(id), giveUp(id): each answers
// { id, offset, state, attachment } or throws an error with a `status` (and `retryAfter`, seconds), or without one where nobody answered.
//
// One that was begun by an earlier page goes on by its `id`, where its `file` was kept; where that is lost, `file` is but
// { name, size, type }. `key` is its name in this browser.
//
// `state`: waiting (for its turn), uploading, pausing (tries again at `retryAt`; `pausedBy` says why), ready (`attachment`
// can be sent), failed (`error` says why; by `retry` once more, unless it `isRefused` for good) or cancelled.
export class Upload {
  state = "waiting"
  sent = 0 // bytes that the server has
  attachment = null
  error = null
  retryAt = null
  pausedBy = null // an error
  kept = false // whether the file outlives the page
  #rest; #clock; #random; #changed
  #id
  #part = FIRST
  #attempt = 0
  #retry = null
  #stop = new AbortController()

  constructor({ file, key = null, id = null, attachment = null, error = null, rest, clock, random = Math.random, changed }) {
    this.file = file
    this.key = key
    this.#id = id
    this.attachment = attachment
    this.error = error
    if (attachment) this.state = "ready"
    else if (error) this.state = "failed"
    this.#rest = rest
    this.#clock = clock
    this.#random = random
    this.#changed = changed
  }

  get isOver() { return ["ready", "failed", "cancelled"].includes(this.state) }

  // Whether another try would end as this one did.
  get isRefused() { return this.state === "failed" && (this.error.code === LOST || FOR_GOOD.has(this.error.status)) }

  get id() { return this.#id } // the server's, or null

  start() { if (this.state === "waiting") this.#run({ look: true }) }

  // The person wants it once more.
  retry() {
    if (this.state !== "failed") return
    this.error = null
    this.#attempt = 0
    this.#run()
  }

  // The network is back, or may be.
  wake() { if (this.state === "pausing") this.#resume() }

  // Nobody wants it any more.
  cancel() {
    this.stop()
    if (this.#id !== null) this.#rest.giveUp(this.#id).catch(() => {}) // the server forgets it by itself, later
    this.#changed()
  }

  // It is no business of this page any more.
  stop() {
    this.#clock.clearTimeout(this.#retry)
    this.#stop.abort()
    this.state = "cancelled"
  }

  #resume() {
    this.#clock.clearTimeout(this.#retry)
    this.retryAt = this.pausedBy = null
    this.#run({ look: true })
  }

  async #run({ look = false } = {}) {
    this.#is("uploading")
    try {
      if (look && this.#id !== null) this.#heard(await this.#rest.look(this.#id))
      while (this.state === "uploading") await this.#step()
    } catch (error) {
      if (this.state === "uploading") this.#failed(error)
    }
  }

  async #step() {
    if (!(this.file instanceof Blob)) throw Object.assign(new Error(), { code: LOST })
    if (this.#id === null) return this.#begun(await this.#rest.begin(this.file))
    const part = this.file.slice(this.sent, this.sent + this.#part)
    const began = this.#clock.elapsed()
    const answer = await this.#rest.append(this.#id, this.sent, part, this.#stop.signal)
    if (this.#clock.elapsed() - began < QUICK) this.#part = Math.min(LARGEST, this.#part * 2)
    this.#attempt = 0
    this.#heard(answer)
  }

  #begun(answer) {
    this.#id = answer.id
    if (this.state === "cancelled") return void this.#rest.giveUp(this.#id).catch(() => {})
    this.#heard(answer)
  }

  #heard({ offset, attachment }) {
    if (this.state !== "uploading") return
    this.sent = offset
    this.attachment = attachment
    this.#is(attachment ? "ready" : "uploading")
  }

  #failed(error) {
    const lost = error.status === 404 && this.#id !== null
    if (lost) this.#forget()
    if (error.code === LOST || PERMANENT.has(error.status) && !(lost && this.#attempt === 0)) return this.#give(error)
    if (error.status === undefined) this.#part = Math.max(SMALLEST, this.#part / 2)
    const wait = error.status === 409 ? 0 : Math.max(backoff(this.#attempt, { random: this.#random }), (error.retryAfter ?? 0) * 1_000)
    this.#attempt += 1
    this.pausedBy = error
    this.retryAt = this.#clock.now() + wait
    this.#retry = this.#clock.setTimeout(() => this.#resume(), wait)
    this.#is("pausing")
  }

  // What was refused for good begins anew, if at all.
  #give(error) {
    this.#forget()
    this.error = error
    this.#is("failed")
  }

  #forget() {
    this.#id = null
    this.sent = 0
  }

  #is(state) {
    this.state = state
    this.#changed()
  }
}
