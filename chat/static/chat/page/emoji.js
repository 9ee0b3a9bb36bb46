// Emoji: found by English and Chinese words, in a skin tone, remembered when used. Knows no `document`.
export const TONES = ["\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"]
export const RECENT = 24 // that are remembered
const MOST = 96 // that a search finds

const BASE = /(?!(?<=\u200d)\u{1f91d})\p{Emoji_Modifier_Base}\ufe0f?/gu // two who hold hands: not the hands between them

// An emoji of people or hands in a tone ("" for none); each person in it has the same one.
export function inTone(emoji, tone) {
  return tone ? emoji.replace(BASE, (base) => base.replace("\ufe0f", "") + tone) : emoji
}

// The data set: groups of { emoji, toned, names: { en, zh }, words }.
export class Emoji {
  groups = new Map()

  constructor({ groups }) {
    for (const [group, rows] of Object.entries(groups)) this.groups.set(Number(group), rows.map(parse))
  }

  get all() { return [...this.groups.values()].flat() }

  // Those with all of these words, or the beginnings of them, in either language; those whose name begins so first.
  search(text) {
    const wanted = text.toLowerCase().split(/\s+/u).filter(Boolean)
    if (!wanted.length) return []
    const found = this.all.filter(({ words }) => wanted.every((want) => has(words, want)))
    const rank = ({ names: { en, zh } }) => (en.startsWith(wanted[0]) || zh.startsWith(wanted[0]) ? 0 : 1)
    return found.sort((one, other) => rank(one) - rank(other)).slice(0, MOST)
  }
}

function parse([emoji, toned, en, enWords, zh, zhWords]) {
  return { emoji, toned: Boolean(toned), names: { en, zh }, words: ` ${[en, enWords, zh, zhWords].join(" ").toLowerCase()}` }
}

// Chinese has no spaces to begin a word after.
const has = (words, want) => words.includes(/^\p{ASCII}+$/u.test(want) ? ` ${want}` : want)

// What was used last, and the skin tone, in `storage` (of localStorage's interface): where that is forbidden, for as
// long as the page is open.
export class EmojiHabits {
  #storage
  #key
  #habits = { recent: [], tone: "" }

  constructor({ storage, user }) {
    this.#storage = storage
    this.#key = `imsite.emoji.${user}`
    try {
      const { recent, tone } = JSON.parse(storage.getItem(this.#key)) ?? {}
      if (Array.isArray(recent)) this.#habits.recent = recent.filter((each) => typeof each === "string").slice(0, RECENT)
      if (TONES.includes(tone)) this.#habits.tone = tone
    } catch { /* none */ }
  }

  get recent() { return this.#habits.recent }

  get tone() { return this.#habits.tone }

  used(emoji) { this.#keep({ recent: [emoji, ...this.recent.filter((each) => each !== emoji)].slice(0, RECENT) }) }

  choose(tone) { this.#keep({ tone }) }

  #keep(change) {
    Object.assign(this.#habits, change)
    try { this.#storage.setItem(this.#key, JSON.stringify(this.#habits)) } catch { /* as long as the page */ }
  }
}
