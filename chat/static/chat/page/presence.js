import { MOST_WATCHED } from "../client/signs.js"

// How people are, as far as the server tells it. Knows no `document`.
export class Presence {
  #known = new Map() // user → { state, lastSeen }

  // The fields of a `presence` frame.
  heard({ user, online, away = false, last_seen: lastSeen }) {
    this.#known.set(user, { state: !online ? "offline" : away ? "away" : "online", lastSeen: lastSeen && new Date(lastSeen) })
  }

  // { state: online | away | offline, lastSeen: Date or null }; undefined where nothing was told.
  of(user) { return this.#known.get(user) }

  // Without a connection nothing is known.
  forget() { this.#known.clear() }
}

// Whose presence is worth knowing: those whom one looks at, then the others of direct conversations in the list's order.
export function whomToWatch({ conversations, open, looked = [], me }) {
  const others = conversations.map(({ other }) => other)
  const wanted = [...looked, ...(open?.members.map(({ id }) => id) ?? []), ...others]
  return [...new Set(wanted)].filter((id) => id !== undefined && id !== me).slice(0, MOST_WATCHED)
}
