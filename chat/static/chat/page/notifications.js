// The notifications that the page knows, newest first, and how many are not read. Knows no `document`.
export class Notifications {
  unread = 0
  next = null // the cursor of the next page, where there is one
  #known = new Map() // by id

  // Start afresh from what the REST API answered.
  replace({ results, next, unread }) {
    this.#known = new Map(results.map((one) => [one.id, one]))
    this.next = next
    this.unread = unread
  }

  more({ results, next }) {
    for (const one of results) if (!this.#known.has(one.id)) this.#known.set(one.id, one)
    this.next = next
  }

  // The first page once more: some may have been read elsewhere, and some may have arrived since it was answered.
  refresh({ results, unread }) {
    const last = results[0]?.seq ?? 0
    for (const one of results) this.#known.set(one.id, one)
    this.unread = unread + [...this.#known.values()].filter(({ seq, read_at }) => seq > last && !read_at).length
  }

  // One that arrived, as its `message` event tells it. False for one that is known.
  add({ seq, message: { id, body, sender, created_at, data } }) {
    if (this.#known.has(id)) return false
    this.#known.set(id, { id, seq, sender, body, created_at, read_at: null, ...data })
    this.unread += 1
    return true
  }

  // These were read, and all up to a seq; `unread` is the server's count, where it is the server who says so. False where we
  // count otherwise.
  read({ ids = [], up_to: upTo = 0, unread }, now = new Date()) {
    const read = [...this.#known.values()].filter((one) => !one.read_at && (ids.includes(one.id) || one.seq <= upTo))
    for (const one of read) one.read_at = now.toISOString()
    const counted = upTo >= this.newest ? 0 : Math.max(0, this.unread - read.length)
    this.unread = unread ?? counted
    return this.unread === counted
  }

  sorted() { return [...this.#known.values()].sort((one, other) => other.seq - one.seq) }

  // The seq of the newest.
  get newest() { return Math.max(0, ...[...this.#known.values()].map(({ seq }) => seq)) }
}

// Where a link leads, or null where it is none that we follow: the server lets only these through, and we look again.
export function destination(url, base) {
  try {
    const to = new URL(url, base)
    return url && ["http:", "https:"].includes(to.protocol) ? to : null
  } catch {
    return null
  }
}
