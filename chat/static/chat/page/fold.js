// How much of a very long message is shown at first. Knows no `document`.
export const MOST = { characters: 2_400, lines: 40 } // a message that is little longer is shown as a whole
const SHOWN = { characters: 1_200, lines: 20 }

export const isLong = (text) => text.length > MOST.characters || linesOf(text) > MOST.lines

// The beginning of a text in parts (rich_text.js): links and mentions stay whole, the text ends between two words.
export function beginning(parts) {
  const found = []
  let characters = SHOWN.characters, lines = SHOWN.lines
  for (const part of parts) {
    const room = part.href || part.mention !== undefined ? part.text.length : roomIn(part.text, characters, lines)
    if (room < part.text.length) return [...found, { text: `${cut(part.text, room)}…` }]
    found.push(part)
    characters -= part.text.length
    lines -= linesOf(part.text) - 1
    if (characters <= 0) return [...found, { text: "…" }]
  }
  return found
}

const linesOf = (text) => text.split("\n").length

// How many characters of a text are within so many characters and lines.
function roomIn(text, characters, lines) {
  let end = 0
  for (let left = lines; left > 0 && end < text.length; left -= 1) {
    const next = text.indexOf("\n", end)
    end = next < 0 ? text.length : next + 1
  }
  return Math.min(end, characters)
}

// At the last space, unless that is far away; never within a letter of several characters.
function cut(text, room) {
  const space = text.slice(0, room).search(/\s\S*$/u)
  if (space > room / 2) return text.slice(0, space).trimEnd()
  let end = 0
  for (const { index, segment } of new Intl.Segmenter().segment(text.slice(0, room + 64))) {
    if (index + segment.length > room) break
    end = index + segment.length
  }
  return text.slice(0, end).trimEnd()
}
