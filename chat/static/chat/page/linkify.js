// Web addresses in what people write, as people write them: followed by a full stop, in brackets, between Chinese words.
// Only http and https become links. Knows no `document`.
const HAN = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}"
const ENDS = "\\s\\p{C}<>\"`{}|\\\\^，。、；：？！（）《》〈〉「」『』【】〔〕“”‘’…～·"
// A name in Chinese may begin a host, and is none where it follows Latin letters: that is the sentence going on.
const ADDRESS = new RegExp(
  `(?:https?://(?:[${HAN}][^${ENDS}/?#]*|(?=[^${ENDS}${HAN}]))|www\\.(?=[a-z0-9]))[^${ENDS}${HAN}]*`, "giu")
const WORD = /[a-z0-9_@]/iu // before an address, these say that it is none
const CLOSING = new Map([[")", "("], ["]", "["]])

// A text as parts: { text }, or { text, href } for a link. Together the texts are the text.
export function linkify(text) {
  const parts = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = index > 0 && WORD.test(text[index - 1]) ? "" : withoutTail(found)
    const href = destination(address)
    if (!href) continue
    if (index > from) parts.push({ text: text.slice(from, index) })
    parts.push({ text: address, href })
    from = index + address.length
  }
  if (from < text.length) parts.push({ text: text.slice(from) })
  return parts
}

// Punctuation at the end is the sentence's, and so is a bracket that was not opened within.
function withoutTail(address) {
  const count = (sign) => address.split(sign).length - 1
  const surplus = new Map([...CLOSING].map(([closing, opening]) => [closing, count(closing) - count(opening)]))
  let end = address.length
  for (; end > 0; end -= 1) {
    const last = address[end - 1]
    if (surplus.get(last) > 0) surplus.set(last, surplus.get(last) - 1)
    else if (!/[.,:;!?'*_~&]/u.test(last)) break
  }
  return address.slice(0, end)
}

// Where it leads; null where that is nowhere, or not where it says: a name before an @ looks like the host.
function destination(address) {
  try {
    const url = new URL(/^www\./iu.test(address) ? `https://${address}` : address)
    const honest = !url.username && !url.password
    return honest && url.hostname.replace(/^www\.|\.$/gu, "") ? url.href : null
  } catch {
    return null
  }
}
