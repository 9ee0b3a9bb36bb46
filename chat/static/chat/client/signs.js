const STILL = 3_000 // ms between two typing frames: what the server passes on
export const MOST_WATCHED = 200 // users that one connection may watch

// What is true only while one is connected: who types, who is at the device, and whose presence one wants to know.
// A new connection knows nothing of the last one's, so it is told what holds.
export class Signs {
  #clock; #send
  #live = false
  #typed = new Map() // conversation → when that was told last
  #watched = [] // ascending
  #idle = false

  constructor({ clock, send }) {
    this.#clock = clock
    this.#send = send
  }

  start() {
    this.#live = true
    this.#typed.clear()
    if (this.#watched.length) this.#tellWatched()
    if (this.#idle) this.#tellIdle()
  }

  stop() { this.#live = false }

  // With every key, if you like.
  typing(conversation) {
    const now = this.#clock.elapsed()
    if (!this.#live || now - (this.#typed.get(conversation) ?? -Infinity) < STILL) return
    this.#typed.set(conversation, now)
    this.#send({ type: "typing", conversation })
  }

  // The message ends it: whoever writes on is typing anew.
  wrote(conversation) { this.#typed.delete(conversation) }

  // Tell the presence of these users from now on, and of no others.
  watch(users) {
    const watched = [...new Set(users)].slice(0, MOST_WATCHED).sort((one, other) => one - other)
    if (String(watched) === String(this.#watched)) return
    this.#watched = watched
    if (this.#live) this.#tellWatched()
  }

  idle(idle) {
    if (idle === this.#idle) return
    this.#idle = idle
    if (this.#live) this.#tellIdle()
  }

  #tellWatched() { this.#send({ type: "watch", users: this.#watched }) }

  #tellIdle() { this.#send({ type: "idle", idle: this.#idle }) }
}
