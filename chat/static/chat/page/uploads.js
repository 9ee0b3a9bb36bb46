import { Upload } from "./upload.js"

const AT_ONCE = 2 // files on their way
export const MOST = 10 // files of one message
const KIND = "attachments"

// What is chosen for each conversation, and what is to be said with it once all of it is there. Knows no `document`.
//
// A batch is { uploads, draft }: without a draft its files are still being chosen. `send(conversation, draft)` gets
// a draft when its files are ready.
export class Uploads {
  #options
  #send
  #changed
  #batches = new Map() // by conversation: a list, of which only the last one may be without a draft

  constructor({ rest, clock, random, send, changed }) {
    this.#options = { rest, clock, random }
    this.#send = send
    this.#changed = changed
  }

  // All of a conversation, in the order in which they go.
  of(conversation) { return (this.#batches.get(conversation) ?? []).flatMap(({ uploads, draft }) => uploads.map((upload) => ({ upload, taken: Boolean(draft) }))) }

  // How many more may be added to what is being chosen.
  room(conversation) { return MOST - (this.#open(conversation)?.uploads.length ?? 0) }

  // Whether there is something that the next message takes along.
  has(conversation) { return Boolean(this.#open(conversation)?.uploads.length) }

  get isBusy() { return [...this.#batches.values()].flat().length > 0 }

  // Choose a file; null where there are enough.
  add(conversation, file) {
    if (!this.room(conversation)) return null
    if (!this.#open(conversation)) this.#batches.set(conversation, [...(this.#batches.get(conversation) ?? []), { uploads: [], draft: null }])
    const upload = new Upload({ ...this.#options, file, changed: () => this.#move(conversation) })
    this.#open(conversation).uploads.push(upload)
    this.#move(conversation)
    return upload
  }

  // Say this with what was chosen, once it is there: { body, reply_to?, data? }.
  take(conversation, draft) {
    const batch = this.#open(conversation)
    if (!batch?.uploads.length) return false
    batch.draft = draft
    this.#move(conversation)
    return true
  }

  remove(conversation, upload) {
    for (const batch of this.#batches.get(conversation) ?? []) batch.uploads = batch.uploads.filter((one) => one !== upload)
    upload.cancel()
    this.#move(conversation)
  }

  // The network may be back.
  wake() { for (const { upload } of this.#all()) upload.wake() }

  #open(conversation) { return this.#batches.get(conversation)?.find(({ draft }) => !draft) }

  #all() { return [...this.#batches.keys()].flatMap((conversation) => this.of(conversation)) }

  #move(conversation) {
    this.#deliver(conversation)
    const all = this.#all().map(({ upload }) => upload)
    const room = AT_ONCE - all.filter(({ state }) => state === "uploading" || state === "pausing").length
    for (const upload of all.filter(({ state }) => state === "waiting").slice(0, Math.max(0, room))) upload.start()
    this.#changed()
  }

  // In order: a message does not overtake the one before it. What has no files left is words alone, or nothing.
  #deliver(conversation) {
    const batches = this.#batches.get(conversation) ?? []
    while (batches.length && batches[0].uploads.every(({ state }) => state === "ready")) {
      const { uploads, draft } = batches[0]
      if (uploads.length && !draft) break
      batches.shift()
      if (draft && (uploads.length || draft.body)) this.#send(conversation, withFiles(draft, uploads.map(({ attachment }) => attachment)))
    }
    if (!batches.length) this.#batches.delete(conversation)
  }
}

// Whoever knows no attachments reads their names.
function withFiles(draft, attachments) {
  if (!attachments.length) return draft
  const body = draft.body || namesOf(attachments)
  return { ...draft, kind: KIND, body, data: { ...draft.data, attachments } }
}

const namesOf = (attachments) => attachments.map(({ name }) => name).join(", ")

// The files of a message, as far as it is one that has some.
export function attachmentsOf({ kind, data, recalled_at }) {
  return kind === KIND && !recalled_at && Array.isArray(data?.attachments) ? data.attachments : []
}

// Whether its text says no more than what its files are called.
export function isWordless(message) {
  const attachments = attachmentsOf(message)
  return attachments.length > 0 && (!message.body || message.body === namesOf(attachments))
}
