import { dayOf } from "./times.js"

const TOGETHER = 5 * 60_000 // ms within which a person's messages stand under one name

// Days, messages, drafts and the line above what is new, as one list for the timeline. Knows no `document`.
//
// `messages`  those that are shown, ascending
// `previous`  the one before them, if any: whether the first begins a day or joins must not depend on what is shown
// `drafts`    what is not stored yet
// `line`      the number of the first new message, or null
// `answered`  a message by its id, or undefined where that is not known
//
// A message keeps the key of its draft, so that it stays the same element.
export function* entries({ messages, previous = null, drafts, me, line = null, answered }) {
  let before = previous && placed(previous)
  const stored = new Set(messages.map(({ client_id }) => client_id))
  const waiting = drafts.filter(({ client_id }) => !stored.has(client_id))
  for (const message of [...messages, ...waiting.map((draft) => ({ ...draft, sender: me, draft }))]) {
    const now = placed(message)
    const newDay = before?.day !== now.day
    const newLine = line !== null && message.number === line
    if (newDay) yield { key: `day ${now.day} ${message.number ?? ""}`, day: now.date }
    if (newLine) yield { key: "line", line: true }
    const joined = !newDay && !newLine && before.sender === message.sender && now.date - before.date < TOGETHER
    yield { key: keyOf(message, me), message, date: now.date, joined, answered: message.reply_to ? answered(message.reply_to) : null }
    before = now
  }
}

function placed({ sender, number, created_at }) {
  const date = new Date(created_at)
  return { sender, number, date, day: dayOf(date) }
}

const keyOf = (message, me) => (message.sender === me && message.client_id ? message.client_id : message.number)
