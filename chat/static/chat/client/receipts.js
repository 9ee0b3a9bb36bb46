const SOON = 50 // ms in which acks and read marks are gathered
const SURE = 5_000 // ms that a connection must have lasted after a mark was told for the server to have it

// What we tell the server that we have (acks, by seq) and what was read (by conversation and number). Both are
// cumulative, so they are gathered for a moment. Acks belong to a connection; read marks are told to every new one. `told` is
// called with those that the server has by now, [[conversation, number]]: it does not answer them.
export class Receipts {
  #clock; #send; #told
  #live = false
  #timer = null
  #window = 64
  #seq = 0
  #acked = 0
  #reads = new Map() // conversation → number: the furthest we read
  #sure = [] // timers
  #untold = new Set() // conversations whose read mark this connection has not heard

  constructor({ clock, send, told = () => {} }) {
    this.#clock = clock
    this.#send = send
    this.#told = told
  }

  // A connection whose events follow after `from`. What we brought along counts: the first ack is for that.
  start({ from, seq, window }) {
    this.#live = true
    this.#window = window
    this.#seq = seq
    this.#acked = from - 1
    this.#untold = new Set(this.#reads.keys())
    this.#soon()
  }

  stop() {
    this.#live = false
    this.#cancel()
    for (const timer of this.#sure.splice(0)) this.#clock.clearTimeout(timer)
  }

  // We have everything up to `seq`. When half of the window is used up, it is told at once.
  have(seq) {
    this.#seq = seq
    if (this.#live && seq - this.#acked >= this.#window / 2) this.#tell()
    else this.#soon()
  }

  // `seq` came once more. It fills the server's window all the same.
  again(seq) {
    this.#acked = Math.min(this.#acked, seq - 1)
    this.#soon()
  }

  // Read up to this number. False when we knew that.
  read(conversation, number) {
    if (!this.know(conversation, number)) return false
    this.#untold.add(conversation)
    this.#soon()
    return true
  }

  // The same, read by another tab, which tells the server. We tell the next connection, in case it could not.
  know(conversation, number) {
    if (number <= (this.#reads.get(conversation) ?? 0)) return false
    this.#reads.set(conversation, number)
    return true
  }

  #soon() {
    if (this.#live) this.#timer ??= this.#clock.setTimeout(() => this.#tell(), SOON)
  }

  #tell() {
    this.#cancel()
    if (this.#seq > this.#acked) this.#send({ type: "ack", seq: this.#seq })
    this.#acked = Math.max(this.#acked, this.#seq)
    const marks = [...this.#untold].map((conversation) => [conversation, this.#reads.get(conversation)])
    for (const [conversation, number] of marks) this.#send({ type: "read", conversation, number })
    this.#untold.clear()
    if (marks.length) this.#surely(marks)
  }

  #surely(marks) {
    const timer = this.#clock.setTimeout(() => {
      this.#sure = this.#sure.filter((other) => other !== timer)
      this.#told(marks)
    }, SURE)
    this.#sure.push(timer)
  }

  #cancel() {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
