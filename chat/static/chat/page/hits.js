// Where a text has what was searched for. Pure.

const BEFORE = 30 // characters that an excerpt shows before the first hit

// Where a word begins. Chinese and Japanese are written without spaces: each of their characters is a word.
const ALONE = "[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}]"
const BEGIN = `(?:(?<![\\p{L}\\p{N}])|(?<=${ALONE})|(?=${ALONE}))`

// The words of a query: quotes only hold them together. None is empty.
export const words = (query) => query.replaceAll('"', " ").split(/\s+/u).filter(Boolean)

// A text in parts, in order: [{ text, hit }]. Letter case does not matter. `begun`: only where a word begins, as in a
// search of messages; else anywhere, as in a search of names.
export function parts(text, query, { begun = false } = {}) {
  const found = words(query).map((word) => word.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&"))
  if (!found.length) return [{ text, hit: false }]
  const longestFirst = found.sort((one, other) => other.length - one.length).join("|")
  const pattern = new RegExp(`${begun ? BEGIN : ""}(${longestFirst})`, "giu")
  return text.split(pattern).map((part, place) => ({ text: part, hit: place % 2 === 1 })).filter((part) => part.text)
}

// The same of a long text, from shortly before the first hit on, in one line.
export function excerpt(text, query) {
  const all = parts(text.replace(/\s+/gu, " ").trim(), query, { begun: true })
  const [first] = all
  if (!first || first.hit || all.length === 1 || first.text.length <= BEFORE) return all
  const rest = Array.from(first.text).slice(-BEFORE).join("")
  return [{ text: `…${rest.slice(rest.indexOf(" ") + 1)}`, hit: false }, ...all.slice(1)]
}
