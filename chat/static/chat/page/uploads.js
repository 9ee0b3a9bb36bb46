import { uuid } from "../client/uuid.js"
import { namesOf } from "./attachments.js"
import { Batch, described } from "./batch.js"
import { Upload } from "./upload.js"

const AT_ONCE = 2 // files on their way
export const MOST = 10 // files of one message

// What is chosen for each conversation, and what waits in the client's outbox until its files are on the server: over
// reloads, and behind what was written before. Knows no `document`.
export class Uploads {
  #options
  #client
  #changed
  #chosen = new Map() // conversation → its uploads
  #batches = new Map() // client_id → Batch
  #taking = null // the uploads of the message that is just being written
  #moving = false
  #again = false

  constructor({ rest, clock, random, client, changed }) {
    this.#options = { rest, clock, random, changed: () => this.#move() }
    this.#client = client
    this.#changed = changed
    client.on("outbox", () => this.#move())
    this.#sweep()
    this.#move() // what waits already
  }

  // All of a conversation, in the order in which they go.
  of(conversation) {
    const drafts = this.#client.outbox.of(conversation).filter(({ client_id }) => this.#batches.has(client_id))
    const waiting = drafts.flatMap(({ client_id, failed }) => this.#batches.get(client_id).uploads.map((upload) => ({ upload, taken: !failed })))
    return [...waiting, ...this.#of(conversation).map((upload) => ({ upload, taken: false }))]
  }

  // How many more may be added to what is being chosen.
  room(conversation) { return MOST - this.#of(conversation).length }

  // Whether there is something that the next message takes along.
  has(conversation) { return this.#of(conversation).length > 0 }

  // How many messages have files that were chosen for them, and are not said yet.
  get begun() { return this.#chosen.size }

  // Whether something would be lost with the page.
  get isBusy() {
    const waiting = [...this.#batches.values()].filter(({ ours }) => ours).flatMap(({ uploads }) => uploads)
    return this.#chosen.size > 0 || waiting.some(({ kept, state }) => !kept && state !== "ready")
  }

  // Choose a file; null where there are enough.
  add(conversation, file) {
    if (!this.room(conversation)) return null
    const upload = new Upload({ ...this.#options, file, key: uuid() })
    this.#chosen.set(conversation, [...this.#of(conversation), upload])
    this.#move()
    return upload
  }

  // Say this with what was chosen, once it is there: { body, reply_to?, data? }. False where nothing was chosen.
  take(conversation, draft) {
    const uploads = this.#of(conversation), files = uploads.map(described)
    if (!uploads.length) return false
    this.#chosen.delete(conversation)
    this.#taking = uploads
    const { client_id } = this.#client.send({ conversation, ...draft, body: draft.body || namesOf(files), files })
    this.#taking = null
    this.#keep(client_id, uploads)
    return true
  }

  remove(conversation, upload) {
    const batch = this.#batchOf(upload), left = this.#of(conversation).filter((one) => one !== upload)
    if (batch) batch.remove(upload)
    else {
      if (left.length) this.#chosen.set(conversation, left)
      else this.#chosen.delete(conversation)
      upload.cancel()
    }
    this.#move()
  }

  // The person wants one once more that failed.
  retry(upload) {
    const batch = this.#batchOf(upload)
    if (batch) batch.retry()
    else upload.retry()
  }

  // The network may be back.
  wake() { for (const upload of this.#running()) upload.wake() }

  #of(conversation) { return this.#chosen.get(conversation) ?? [] }

  #batchOf(upload) { return [...this.#batches.values()].find(({ uploads }) => uploads.includes(upload)) }

  // Those that this tab takes to the server.
  #running() {
    const batches = [...this.#batches.values()].filter(({ ours }) => ours)
    return [...batches.map(({ uploads }) => uploads), ...this.#chosen.values()].flat()
  }

  // What it does may change something itself.
  #move() {
    this.#again = true
    if (this.#moving) return
    this.#moving = true
    while (this.#again) {
      this.#again = false
      this.#follow()
      for (const batch of this.#batches.values()) batch.record()
      this.#follow()
      this.#start()
    }
    this.#moving = false
    this.#changed()
  }

  #start() {
    const all = this.#running()
    const room = AT_ONCE - all.filter(({ state }) => state === "uploading" || state === "pausing").length
    for (const upload of all.filter(({ state }) => state === "waiting").slice(0, Math.max(0, room))) upload.start()
  }

  // What waits for files by now, written in whichever tab.
  #follow() {
    const waiting = new Map(this.#client.outbox.all().filter(({ files }) => files).map((draft) => [draft.client_id, draft]))
    for (const [id, batch] of this.#batches) if (!waiting.has(id)) this.#end(id, batch)
    for (const [id, draft] of waiting) {
      if (this.#batches.has(id)) this.#batches.get(id).follow(draft)
      else this.#batches.set(id, this.#begin(draft))
    }
  }

  #begin(draft) {
    const make = ({ name, size, type, upload: id, ...file }, blob) => {
      const upload = new Upload({ ...this.#options, ...file, id, file: blob ?? { name, size, type } })
      return Object.assign(upload, { kept: true })
    }
    const uploads = this.#taking?.[0].key === draft.files[0].key ? this.#taking : null
    return new Batch({ draft, uploads, client: this.#client, make, changed: () => this.#move() })
  }

  #end(id, batch) {
    this.#batches.delete(id)
    batch.end()
    this.#sweep()
  }

  // A draft is kept at once, its files a moment later.
  async #keep(clientId, uploads) {
    await this.#client.outbox.settled
    if (!this.#batches.has(clientId)) return
    const kept = await this.#client.files.keep(uploads.map(({ key, file }) => ({ key, file })))
    for (const upload of uploads) upload.kept = kept
    if (!this.#batches.has(clientId)) this.#sweep()
  }

  async #sweep() {
    await this.#client.outbox.settled
    await this.#client.files.sweep()
  }
}
