import { setText } from "./dom.js"
import { beginning, isLong } from "./fold.js"
import { messageText } from "./message_text.js"
import { richText } from "./rich_text.js"

// What a message says, with its links and mentions as elements. Built of text nodes alone: it is text, whatever it holds.
// Of a very long one that is not `unfolded` only the beginning.
export function showBody(element, conversation, message, { unfolded = false } = {}) {
  const text = messageText(conversation, message)
  if (message.kind === "system" || message.recalled_at) return setText(element, text)
  const people = conversation.calledIn(message)
  const folded = isFoldable(message) && !unfolded
  const source = JSON.stringify([text, people, folded])
  if (element.source === source) return // so that selections survive
  element.source = source
  const parts = richText(text, people)
  element.replaceChildren(...(folded ? beginning(parts) : parts).map((part) => node(part, conversation.me)))
}

export const isFoldable = ({ kind, body, recalled_at }) => kind !== "system" && !recalled_at && isLong(body)

function node({ text, href, mention }, me) {
  if (href) return link(text, href)
  if (mention === undefined) return document.createTextNode(text)
  const element = document.createElement("bdi")
  element.className = mention === me ? "mention of-me" : "mention"
  element.textContent = text
  return element
}

// A link to a message, or to a conversation, is followed in this page.
const isHere = ({ origin, pathname, search, hash }) =>
  origin === location.origin && pathname === location.pathname && search === location.search && /^#c\d/.test(hash)

function link(text, href) {
  const element = document.createElement("a")
  element.href = href
  if (!isHere(new URL(href))) element.target = "_blank"
  element.rel = "noopener noreferrer nofollow"
  element.dir = "ltr"
  element.tabIndex = -1 // the log is one stop of the Tab key: links are reached from their message
  if (href !== text) element.title = href // where it really leads: a host may be written in letters that look alike
  element.textContent = text
  return element
}
