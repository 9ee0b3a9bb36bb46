export const STEP = 50 // messages by which it grows
export const MOST = 200 // messages that are elements at a time

// Which messages of the window on the history are elements: a part of it, by their numbers, that is moved as one
// scrolls. So the page stays as quick with 10,000 messages as with 200. Knows no `document`.
export class Span {
  first = null // null: STEP messages before the last
  last = null // null: to the end, whatever comes

  get open() { return this.last === null }

  toEnd() { this.first = this.last = null }

  around(number) {
    this.first = number - STEP / 2
    this.last = number + STEP / 2
  }

  // Those that are shown, and the one before them. What is too many goes where nobody looks: above for who is at the
  // end, else below.
  of(messages, { atEnd = true } = {}) {
    let [begin, end] = this.#places(messages)
    if (end - begin > MOST) [begin, end] = atEnd ? [end - MOST, end] : [begin, begin + MOST]
    this.#set(messages, begin, end)
    return { shown: messages.slice(begin, end), previous: messages[begin - 1] ?? null }
  }

  // Show earlier ones; false where no more of them are known.
  older(messages) {
    const [begin, end] = this.#places(messages)
    const from = Math.max(0, begin - STEP)
    if (from === begin) return false
    this.#set(messages, from, Math.min(end, from + MOST))
    return true
  }

  newer(messages) {
    const [begin, end] = this.#places(messages)
    const to = Math.min(messages.length, end + STEP)
    if (to === end) return false
    this.#set(messages, Math.max(begin, to - MOST), to)
    return true
  }

  #places(messages) {
    const end = this.last === null ? messages.length : placeAfter(messages, this.last)
    const begin = this.first === null ? Math.max(0, end - STEP) : placeAfter(messages, this.first - 1)
    return [Math.min(begin, end), end]
  }

  #set(messages, begin, end) {
    this.first = messages.length ? messages[begin]?.number ?? null : null
    this.last = end === messages.length ? null : messages[end - 1]?.number ?? null
  }
}

// How many have at most this number.
function placeAfter(messages, number) {
  let low = 0, high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (messages[middle].number <= number) low = middle + 1
    else high = middle
  }
  return low
}
