import { namesOf, withFiles } from "./attachments.js"

// A draft that waits in the outbox for its files, and what this page does about it. The tab that wrote it takes the files
// to the server; when that tab is gone, another one goes on with what was kept. Knows no `document`.
//
// `uploads` are there where the files were chosen in this page; else `make(file, blob)` makes them of what the draft says.
export class Batch {
  ours = false // whether this tab takes the files to the server
  uploads
  #id; #client; #make; #changed
  #told = null // the draft's files that `uploads` were made of, as text: the store gives copies
  #live // whether `uploads` have their files
  #failed = false
  #over = false
  #leave

  constructor({ draft, uploads = null, client, make, changed }) {
    this.#id = draft.client_id
    this.#client = client
    this.#make = make
    this.#changed = changed
    this.#live = uploads !== null
    this.uploads = uploads
    this.follow(draft)
    this.#leave = client.files.hold(this.#id, () => this.#take())
  }

  // What became of the draft, in whichever tab.
  follow({ files, failed }) {
    if (!this.#live) return this.#tell(files)
    const gone = this.uploads.filter(({ key }) => !files.some((file) => file.key === key))
    this.uploads = this.uploads.filter((upload) => !gone.includes(upload))
    for (const upload of gone) upload.cancel()
    if (!this.#failed || failed) return
    this.#failed = false // somebody tries it again
    for (const upload of this.uploads) upload.retry()
  }

  // Tell the outbox how far the files are: some are begun, one cannot be had, all are there.
  record() {
    const draft = this.#client.outbox.get(this.#id)
    if (!this.ours || !draft?.files) return
    const { outbox } = this.#client, files = this.uploads.map(described)
    if (this.uploads.every(({ state }) => state === "ready")) return outbox.revise(this.#id, withFiles(draft, files))
    if (JSON.stringify(files) !== JSON.stringify(draft.files)) outbox.revise(this.#id, { files })
    if (this.#failed || this.uploads.every(({ state }) => state !== "failed")) return
    this.#failed = true
    outbox.failed(this.#id, { code: "files", message: "" })
  }

  // Without this file: with the others, as words alone, or not at all.
  remove(upload) {
    const draft = this.#client.outbox.get(this.#id), wordless = draft.body === namesOf(draft.files)
    const files = draft.files.filter(({ key }) => key !== upload.key)
    this.uploads = this.uploads.filter((one) => one !== upload)
    if (!files.length && wordless) this.#client.discard(this.#id)
    else this.#client.outbox.revise(this.#id, { files: files.length ? files : undefined, body: wordless ? namesOf(files) : draft.body })
    if (draft.failed && this.uploads.every(({ state }) => state !== "failed")) this.retry()
    upload.cancel()
  }

  retry() { this.#client.retry(this.#id) }

  // The draft is gone, or has what it waited for.
  end() {
    this.#over = true
    this.#leave()
    for (const upload of this.uploads) if (!upload.isOver) upload.stop()
  }

  #tell(files) {
    const told = JSON.stringify(files)
    if (told === this.#told) return
    this.#told = told
    this.uploads = files.map((file) => this.#make(file))
  }

  async #take() {
    if (!this.#live) await this.#load()
    if (this.#over) return
    this.ours = true
    this.#changed()
  }

  async #load() {
    const blobs = new Map()
    for (const { key } of this.uploads) blobs.set(key, await this.#client.files.get(key))
    const draft = this.#client.outbox.get(this.#id)
    if (this.#over || !draft?.files) return
    this.uploads = draft.files.map((file) => this.#make(file, blobs.get(file.key)))
    this.#live = true
    this.#failed = Boolean(draft.failed)
  }
}

// An upload as a draft names it.
export function described({ key, file: { name, size, type }, id, attachment, error }) {
  return { key, name, size, type, upload: id, attachment, error: error && { code: error.code, message: error.message } }
}
