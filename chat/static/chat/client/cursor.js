// Where a device is in its user's inbox: the epoch, and the highest seq of which it has everything up to there.
export class Cursor {
  epoch = null
  seq = null
  #ahead = new Set()

  get known() { return this.seq !== null }

  start({ epoch, seq }) {
    this.epoch = epoch
    this.seq = seq
    this.#ahead.clear()
  }

  // "next": apply it. "duplicate": ignore it. "gap": something before it is missing, so nothing was moved.
  take(seq) {
    if (seq <= this.seq) return "duplicate"
    if (seq > this.seq + 1) return this.#ahead.has(seq) ? "duplicate" : "gap"
    this.seq = seq
    while (this.#ahead.delete(this.seq + 1)) this.seq += 1
    return "next"
  }

  // An `accepted` stands for its message's event. Repeated after a reconnect, it may come before its turn:
  // it is remembered, and the cursor passes over it when it gets there.
  takeAccepted(seq) {
    if (this.take(seq) === "gap") this.#ahead.add(seq)
  }
}
