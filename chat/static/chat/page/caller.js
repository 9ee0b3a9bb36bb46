import { systemClock } from "../client/clock.js"

const QUIET = 2_000 // ms after a sound in which there is no other one

// Calls the person when something came that they do not look at: by a sound and, where they want it, a notification of
// the desktop. Of all tabs of a browser one does it. Knows no `document`.
//
// `client` is { claim(seq), isLookedAt(conversation) }; `desktop` { state, show(call) }; `chime()` makes the sound.
export class Caller {
  wanted = false // whether something came that a notification would have told, and nobody was asked yet
  #client
  #preferences
  #desktop
  #chime
  #clock
  #last = -Infinity

  constructor({ client, preferences, desktop, chime, clock = systemClock }) {
    this.#client = client
    this.#preferences = preferences
    this.#desktop = desktop
    this.#chime = chime
    this.#clock = clock
  }

  // A message came; `conversation` is { id, me, muted }, of a notification with null for the id. `call` is what there is to say: { title, body, tag, open }. Every one is claimed, so that no tab
  // calls later for what this one has seen.
  async heard({ seq, message }, conversation, call) {
    const first = await this.#client.claim(seq)
    if (!first || !concerns(message, conversation)) return
    if (conversation.id !== null && await this.#client.isLookedAt(conversation.id)) return
    if (this.#preferences.get("desktop") === "unasked" && this.#desktop.state === "unasked") this.wanted = true
    if (this.#preferences.get("desktop") === "on") this.#desktop.show(call())
    if (this.#preferences.get("sound") !== "on" || this.#clock.elapsed() - this.#last < QUIET) return
    this.#last = this.#clock.elapsed()
    this.#chime()
  }
}

// A notification; what somebody else said, where one has not muted them or is mentioned by them.
export function concerns({ sender, kind, data }, { me, muted }) {
  if (kind === "notification") return true
  if (sender === null || sender === me || kind === "system") return false
  return !muted || Array.isArray(data?.mentions) && data.mentions.includes(me)
}
