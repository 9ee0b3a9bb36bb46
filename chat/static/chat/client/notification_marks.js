const AT_ONCE = 200 // ids that one frame may name

// Which notifications were read. Told to the server until it says so itself: a connection may break on the way.
export class NotificationMarks {
  #send
  #live = false
  #ids = new Set()
  #upTo = 0

  constructor({ send }) { this.#send = send }

  // These, by the ids of their messages, and all up to a seq.
  read({ ids = [], upTo = 0 }) {
    this.know({ ids, upTo })
    if (this.#live) this.#tell({ ids, upTo })
  }

  // The same, read by another tab, which tells the server. We tell the next connection, in case it could not.
  know({ ids, upTo }) {
    for (const id of ids) this.#ids.add(id)
    this.#upTo = Math.max(this.#upTo, upTo)
  }

  start() {
    this.#live = true
    this.#tell({ ids: [...this.#ids], upTo: this.#upTo })
  }

  stop() { this.#live = false }

  // The server knows.
  heard({ ids, up_to: upTo = 0 }) {
    for (const id of ids) this.#ids.delete(id)
    if (upTo >= this.#upTo) this.#upTo = 0
  }

  #tell({ ids, upTo }) {
    if (upTo) this.#send({ type: "notifications_read", up_to: upTo })
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      this.#send({ type: "notifications_read", ids: ids.slice(start, start + AT_ONCE) })
    }
  }
}
