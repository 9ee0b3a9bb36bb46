// What was read and the server may not know yet, kept in `store` beside the drafts: it is told though every page was closed
// before there was a connection again. Where nothing can be kept, it lives as long as the page.
//
// Kept is { reads: { conversation: number }, ids: [of notifications], upTo: seq }.
export class KeptMarks {
  #store // of browser_store.js's interface, or null
  #user

  constructor({ store, user }) {
    this.#store = store
    this.#user = user
  }

  // { reads: [[conversation, number]], ids, upTo }
  async all() {
    const { reads, ids, upTo } = await this.#change((kept) => kept) ?? NOTHING
    return { reads: Object.entries(reads).map(([conversation, number]) => [Number(conversation), number]), ids, upTo }
  }

  read(conversation, number) {
    return this.#change((kept) => {
      const { reads, ...rest } = kept ?? NOTHING
      return { ...rest, reads: { ...reads, [conversation]: Math.max(number, reads[conversation] ?? 0) } }
    })
  }

  // The server has these: [[conversation, number]].
  told(pairs) {
    return this.#change((kept) => kept && orNothing({ ...kept, reads: without(kept.reads, new Map(pairs)) }))
  }

  readNotifications({ ids, upTo }) {
    return this.#change((kept) => {
      const { ids: before, upTo: far, ...rest } = kept ?? NOTHING
      return { ...rest, ids: [...new Set([...before, ...ids])], upTo: Math.max(far, upTo) }
    })
  }

  // The server has these notifications for read, by their ids, and all up to a seq.
  toldNotifications({ ids, up_to: upTo = 0 }) {
    return this.#change((kept) => kept && orNothing({
      ...kept, ids: kept.ids.filter((id) => !ids.includes(id)), upTo: upTo >= kept.upTo ? 0 : kept.upTo,
    }))
  }

  // Null where nothing is kept, or can be.
  async #change(change) {
    try {
      return await this.#store?.marks(this.#user, change) ?? null
    } catch {
      return null // full or forbidden
    }
  }
}

const NOTHING = { reads: {}, ids: [], upTo: 0 }

const orNothing = (kept) => (Object.keys(kept.reads).length || kept.ids.length || kept.upTo ? kept : null)

// What was read further since then stays.
function without(reads, told) {
  return Object.fromEntries(Object.entries(reads).filter(([conversation, number]) => number > (told.get(Number(conversation)) ?? 0)))
}
