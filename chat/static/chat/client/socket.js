const OPEN = 1

// One WebSocket: frames out, frames in, and `closed` exactly once, with the `bye` that came before it.
// A connection that was given up is silent from then on: of a dead one, browsers tell the end minutes later.
export class Socket {
  #ws
  #closed
  #bye = null
  opened = false

  constructor({ url, WebSocket, opened, frame, closed }) {
    this.#closed = closed
    this.#ws = new WebSocket(url)
    this.#ws.onopen = () => { this.opened = true; opened() }
    this.#ws.onmessage = ({ data }) => this.#heard(data, frame)
    this.#ws.onclose = ({ code, reason }) => this.#end(code, reason)
  }

  // Whether it was handed over; that it arrived, only an answer tells.
  send(frame) {
    if (this.#ws?.readyState !== OPEN) return false
    this.#ws.send(JSON.stringify(frame))
    return true
  }

  // Give this connection up, whatever state it is in.
  abandon() {
    const ws = this.#ws
    this.#end(1006, "")
    ws?.close()
  }

  #heard(data, frame) {
    const heard = JSON.parse(data)
    if (heard.type === "bye") this.#bye = heard
    frame(heard)
  }

  #end(code, reason) {
    if (!this.#ws) return
    const ws = this.#ws
    this.#ws = null
    ws.onopen = ws.onmessage = ws.onclose = null
    this.#closed({ code: this.#bye?.code ?? code, reason: this.#bye?.reason ?? reason, bye: this.#bye, opened: this.opened })
  }
}
