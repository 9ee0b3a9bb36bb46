// Stand-ins for files and for where they are uploaded to.

export const failure = (status) => Object.assign(new Error(`${status}`), status ? { status } : {})

export const file = (size, name = "x.bin") => Object.assign(new Blob([new Uint8Array(size)]), { name })

// A server that keeps what came, and answers as it is told.
export class UploadServer {
  uploads = new Map()
  trouble = [] // errors, each for one call
  calls = []
  losing = 0 // answers that get lost though the part has come

  #answer(id) {
    const { size, bytes } = this.uploads.get(id) ?? (() => { throw failure(404) })()
    const attachment = bytes === size ? { id, name: this.uploads.get(id).name } : null
    return { id, offset: bytes, attachment }
  }
  #heard(call) {
    this.calls.push(call)
    const error = this.trouble.shift()
    if (error) throw error
  }
  async begin({ name, size }) {
    this.#heard("begin")
    const id = this.uploads.size + 1
    this.uploads.set(id, { name, size, bytes: 0 })
    return this.#answer(id)
  }
  async append(id, offset, part) {
    this.#heard(`append ${offset}+${part.size}`)
    const upload = this.uploads.get(id)
    if (!upload) throw failure(404)
    if (upload.bytes !== offset) throw failure(409)
    upload.bytes += part.size
    if (this.losing-- > 0) throw failure()
    return this.#answer(id)
  }
  async look(id) { this.#heard("look"); return this.#answer(id) }
  async giveUp(id) { this.#heard("giveUp"); this.uploads.delete(id); return null }
}
