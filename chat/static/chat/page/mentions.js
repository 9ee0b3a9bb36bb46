const MOST = 100 // mentions that are looked for in one message
const OFFERED = 8
const LONGEST = 40 // characters after an @ that may still become a name
const WORD = /[\p{L}\p{N}_]/u
const NO_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u // scripts that write one word right after another

// Mentions are text, "@Name", beside which the message's `data` has the ids of who is meant. Knows no `document`.

// Where these people ({ id, name }) are mentioned: [{ start, end, id }], ascending. The longest name counts.
export function findMentions(text, people) {
  const named = people.filter(({ name }) => name).sort((one, other) => other.name.length - one.name.length)
  const found = []
  for (let at = text.indexOf("@"); at >= 0 && found.length < MOST; at = text.indexOf("@", at + 1)) {
    if (!begins(text, at)) continue
    const person = named.find(({ name }) => isNamed(text, at + 1, name))
    if (person) found.push({ start: at, end: at + 1 + person.name.length, id: person.id })
  }
  return found
}

// The ids for `data`. Of several people with one name those who were picked from the list, or else all.
export function mentionedIds(text, people, picked = new Map()) {
  const ids = new Set()
  for (const { start, end } of findMentions(text, people)) {
    const name = text.slice(start + 1, end).toLowerCase()
    const all = people.filter((person) => person.name.toLowerCase() === name)
    const meant = all.filter(({ id }) => picked.has(id))
    for (const { id } of meant.length ? meant : all) ids.add(id)
  }
  return [...ids]
}

// What is being written as a name before the cursor: { start, query }, or null.
export function nameBefore(text, caret) {
  const start = text.slice(0, caret).lastIndexOf("@")
  const query = text.slice(start + 1, caret)
  if (start < 0 || caret - start > LONGEST || /\n|^\s/u.test(query) || !begins(text, start)) return null
  return { start, query }
}

// Who may be meant: first those whose name begins so, then those with a word that does.
export function candidates(people, query) {
  const wanted = query.toLowerCase()
  const rank = ({ name }) => {
    const lower = name.toLowerCase()
    return lower.startsWith(wanted) ? 0 : lower.split(/\s+/u).some((word) => word.startsWith(wanted)) ? 1 : 2
  }
  const found = people.filter((person) => person.name && rank(person) < 2)
  return found.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name)).slice(0, OFFERED)
}

// An @ within a word is an address of something else.
const begins = (text, at) => at === 0 || !WORD.test(text[at - 1]) || NO_SPACES.test(text[at - 1])

function isNamed(text, at, name) {
  const end = at + name.length
  if (text.slice(at, end).toLowerCase() !== name.toLowerCase()) return false
  const next = text[end] ?? ""
  return !WORD.test(next) || NO_SPACES.test(next) || NO_SPACES.test(name.at(-1))
}
