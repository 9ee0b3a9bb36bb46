import { linkify } from "./linkify.js"
import { findMentions } from "./mentions.js"

// What a message says as parts: { text }, { text, href } a link, { text, mention } the id of somebody. Together the
// texts are what it says. Knows no `document`.
export function richText(text, people) {
  return linkify(text).flatMap((part) => (part.href ? [part] : withMentions(part.text, people)))
}

function withMentions(text, people) {
  const parts = []
  let from = 0
  for (const { start, end, id } of findMentions(text, people)) {
    if (start > from) parts.push({ text: text.slice(from, start) })
    parts.push({ text: text.slice(start, end), mention: id })
    from = end
  }
  if (from < text.length) parts.push({ text: text.slice(from) })
  return parts
}
