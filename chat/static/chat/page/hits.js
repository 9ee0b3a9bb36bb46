// Where a text has what was searched for. Pure.

const BEFORE = 24 // cells that an excerpt shows before the first hit, so that the hit is in its first two lines
const AFTER = 160 // cells that it shows after that
const CUT = "…"

// Chinese and Japanese are written without spaces: each of their characters is a word. They fill two cells of a line.
const ALONE = "[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}]"
const WIDE = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{Emoji_Presentation}\uff01-\uff60]/u
const BEGIN = `(?:(?<![\\p{L}\\p{N}])|(?<=${ALONE})|(?=${ALONE}))`
const WORD = new RegExp(`${ALONE}|(?:(?!${ALONE})[\\p{L}\\p{N}\\p{M}])+`, "gu")
const BETWEEN = "[^\\p{L}\\p{N}]*" // what may stand between two words that were asked for next to each other

// The words of a query: quotes only hold them together. None is empty.
export const words = (query) => query.replaceAll('"', " ").split(/\s+/u).filter(Boolean)

const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&")

// What messages are searched for, as the server does it (messages_store/words.py): foo-bar is two words next to each other.
function phrases(query) {
  const asked = [...query.matchAll(/"([^"]*)"?|([^\s"]+)/gu)].map(([, quoted, plain]) => quoted ?? plain)
  return asked.map((text) => (text.match(WORD) ?? []).map(literally).join(BETWEEN)).filter(Boolean)
}

// A text in parts, in order: [{ text, hit }]. Letter case does not matter. `begun`: only where a word begins, as in a
// search of messages; else anywhere, as in a search of names.
export function parts(text, query, { begun = false } = {}) {
  const found = begun ? phrases(query) : words(query).map(literally)
  if (!found.length) return [{ text, hit: false }]
  const longestFirst = found.sort((one, other) => other.length - one.length).join("|")
  const pattern = new RegExp(`${begun ? BEGIN : ""}(${longestFirst})`, "giu")
  return text.split(pattern).map((part, place) => ({ text: part, hit: place % 2 === 1 })).filter((part) => part.text)
}

// What surrounds the first hit in a long text, in one line.
export function excerpt(text, query) {
  const all = parts(text.replace(/\s+/gu, " ").trim(), query, { begun: true })
  const first = all.findIndex(({ hit }) => hit)
  if (first < 0) return upTo(AFTER, all)
  return [...all.slice(0, first).map((part) => ({ ...part, text: ending(part.text, BEFORE) })), ...upTo(AFTER, all.slice(first))]
}

// The beginning of a text, of so many cells at most.
export const beginning = (text, most) => upTo(most, [{ text, hit: false }])[0]?.text ?? ""

// The first parts, as far as there are so many cells.
function upTo(cells, parts) {
  const shown = []
  for (const { text, hit } of parts) {
    const letters = Array.from(text), fit = fitting(letters, cells)
    cells -= width(letters)
    if (fit < letters.length) return [...shown, { text: letters.slice(0, fit).join("") + CUT, hit }]
    shown.push({ text, hit })
  }
  return shown
}

// The end of a text. A word that is cut off is left out, where it is not the only one.
function ending(text, cells) {
  const letters = Array.from(text).reverse(), fit = fitting(letters, cells)
  if (fit === letters.length) return text
  const end = letters.slice(0, fit).reverse().join("")
  const cut = letters[fit] !== " " && !WIDE.test(letters[fit]) && !WIDE.test(end)
  const space = end.indexOf(" ")
  return CUT + (cut && space >= 0 && space < end.length - 1 ? end.slice(space + 1) : end.trimStart())
}

const width = (letters) => letters.reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0)

// How many of the first letters fit.
function fitting(letters, cells) {
  let used = 0
  const over = letters.findIndex((letter) => (used += WIDE.test(letter) ? 2 : 1) > cells)
  return over < 0 ? letters.length : over
}
