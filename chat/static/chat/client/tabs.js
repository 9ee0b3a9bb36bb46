// What the tabs of one browser tell each other. A tab that cannot is alone.
export class Tabs {
  #channel = null
  #handlers = new Map()

  constructor({ name, BroadcastChannel }) {
    this.name = name
    this.BroadcastChannel = BroadcastChannel
  }

  on(kind, handler) { this.#handlers.set(kind, handler) }

  open() {
    if (this.#channel || !this.BroadcastChannel) return
    this.#channel = new this.BroadcastChannel(this.name)
    this.#channel.onmessage = ({ data: { kind, detail } }) => this.#handlers.get(kind)?.(detail)
  }

  close() {
    this.#channel?.close()
    this.#channel = null
  }

  // To all others.
  say(kind, detail) { this.#channel?.postMessage({ kind, detail }) }
}
