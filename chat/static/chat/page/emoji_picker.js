import { setText } from "./dom.js"
import { Emoji, EmojiHabits, TONES, inTone } from "./emoji.js"
import { gettext, language } from "./i18n.js"
import { putBeside } from "./menu.js"

const DATA = new URL("../vendor/emojibase-data/emoji.json", import.meta.url)
const COLUMNS = 8
const RECENT = -1
const SIGNS = new Map([[RECENT, "🕘"], [0, "😀"], [1, "🧑"], [3, "🐻"], [4, "🍔"], [5, "🚗"], [6, "⚽"], [7, "💡"], [8, "❤️"], [9, "🏁"]])

// The emoji, by groups and by search, with the ones used last and a skin tone. This module and its data are fetched when
// it is opened for the first time. The grid is one stop of the Tab key; arrows move in it.
export class EmojiPicker {
  #picker = document.querySelector("#emoji-picker")
  #search = this.#picker.querySelector("input")
  #tone = this.#picker.querySelector("select")
  #tabs = this.#picker.querySelector("[role=tablist]")
  #grid = this.#picker.querySelector("[role=grid]")
  #note = this.#picker.querySelector(".note")
  #button
  #habits
  #emoji = null
  #group = RECENT

  // `picked(emoji)` takes it; `closed()` has the focus again.
  constructor({ button, storage, user, picked, closed }) {
    this.#button = button
    this.on = { picked, closed }
    this.#habits = new EmojiHabits({ storage, user })
    this.#tone.replaceChildren(...["", ...TONES].map((tone) => new Option(inTone("✋", tone), tone, false, tone === this.#habits.tone)))
    this.#tone.addEventListener("change", () => { this.#habits.choose(this.#tone.value); this.#show() })
    this.#search.addEventListener("input", () => this.#show())
    this.#tabs.addEventListener("click", ({ target }) => this.#turnTo(target.closest("[role=tab]")))
    this.#grid.addEventListener("click", ({ target }) => this.#pick(target.closest("button")))
    this.#picker.addEventListener("keydown", (event) => this.#pressed(event))
    document.addEventListener("pointerdown", ({ target }) => {
      if (this.isOpen && !this.#picker.contains(target) && !button.contains(target)) this.#close()
    })
    window.addEventListener("resize", () => { if (this.isOpen) this.#place() })
  }

  get isOpen() { return this.#picker.matches(":popover-open") }

  async toggle() {
    if (this.isOpen) return this.#leave()
    this.#picker.showPopover()
    this.#button.setAttribute("aria-expanded", "true")
    this.#search.value = ""
    this.#group = this.#habits.recent.length ? RECENT : 0
    this.#tell(gettext("Loading…"))
    this.#place()
    if (matchMedia("(hover: hover)").matches) this.#search.focus()
    else this.#picker.focus() // no keyboard pops up unasked
    try {
      this.#emoji ??= new Emoji(await fetched())
      this.#show()
      this.#place()
    } catch {
      this.#tell(gettext("This could not be loaded."))
    }
  }

  #place() { putBeside(this.#picker, this.#button.getBoundingClientRect()) }

  #close() {
    this.#picker.hidePopover()
    this.#button.setAttribute("aria-expanded", "false")
  }

  #leave() {
    this.#close()
    this.on.closed()
  }

  #pick(button) {
    if (!button) return
    const { emoji } = button.dataset
    this.#habits.used(emoji)
    this.on.picked(inTone(emoji, this.#toneOf(emoji)))
    this.#leave()
  }

  // ---- what is shown

  #show() {
    if (!this.#emoji) return
    const text = this.#search.value.trim()
    const found = text ? this.#emoji.search(text) : this.#ofGroup()
    this.#showTabs(text)
    this.#grid.replaceChildren(...rows(found).map((row) => this.#row(row)))
    this.#grid.scrollTop = 0
    const first = this.#grid.querySelector("button")
    if (first) first.tabIndex = 0
    this.#tell(first ? null : gettext("Nothing found."))
  }

  #ofGroup() {
    if (this.#group !== RECENT) return this.#emoji.groups.get(this.#group)
    const known = new Map(this.#emoji.all.map((each) => [each.emoji, each]))
    return this.#habits.recent.map((emoji) => known.get(emoji)).filter(Boolean)
  }

  #showTabs(text) {
    const shown = [...SIGNS].filter(([group]) => group !== RECENT || this.#habits.recent.length)
    this.#tabs.replaceChildren(...shown.map(([group, sign]) => {
      const tab = cell("button", sign, groupName(group))
      tab.setAttribute("role", "tab")
      tab.setAttribute("aria-selected", String(!text && group === this.#group))
      tab.tabIndex = group === this.#group ? 0 : -1
      tab.dataset.group = group
      return tab
    }))
  }

  #row(row) {
    const element = document.createElement("div")
    element.setAttribute("role", "row")
    element.append(...row.map(({ emoji, names }) => {
      const place = document.createElement("span")
      place.setAttribute("role", "gridcell")
      const button = cell("button", inTone(emoji, this.#toneOf(emoji)), language.startsWith("zh") ? names.zh : names.en)
      button.dataset.emoji = emoji
      button.tabIndex = -1
      place.append(button)
      return place
    }))
    return element
  }

  #toneOf(emoji) {
    const toned = this.#emoji.all.find((each) => each.emoji === emoji)?.toned
    return toned ? this.#habits.tone : ""
  }

  #tell(note) {
    this.#note.hidden = !note
    this.#grid.hidden = Boolean(note)
    if (note) setText(this.#note, note)
  }

  // ---- the keyboard

  #turnTo(tab) {
    if (!tab) return
    this.#group = Number(tab.dataset.group)
    this.#search.value = ""
    this.#show()
    this.#tabs.querySelector("[aria-selected=true]").focus()
  }

  #pressed(event) {
    const { key, target } = event
    if (key === "Escape") this.#leave()
    else if (target === this.#search && key === "Enter") this.#pick(this.#grid.querySelector("button"))
    else if (target === this.#search && key === "ArrowDown") this.#focus(this.#cells[0])
    else if (target.closest("[role=tab]")) { if (!this.#alongTabs(target, key)) return }
    else if (target.closest("[role=grid]")) { if (!this.#inGrid(target, key)) return }
    else return
    event.preventDefault()
  }

  get #cells() { return Array.from(this.#grid.querySelectorAll("button")) }

  #alongTabs(tab, key) {
    const tabs = Array.from(this.#tabs.children)
    const step = along(key)
    if (key === "ArrowDown") this.#focus(this.#cells[0])
    else if (step) this.#turnTo(tabs.at((tabs.indexOf(tab) + step) % tabs.length))
    return Boolean(step) || key === "ArrowDown"
  }

  #inGrid(button, key) {
    const cells = this.#cells
    const at = cells.indexOf(button)
    const to = { ArrowUp: at - COLUMNS, ArrowDown: at + COLUMNS, Home: 0, End: cells.length - 1 }[key] ?? (along(key) ? at + along(key) : null)
    if (to === null) return false
    if (to < 0 && key === "ArrowUp") this.#search.focus()
    else this.#focus(cells[Math.max(0, Math.min(to, cells.length - 1))])
    return true
  }

  #focus(button) {
    if (!button) return
    for (const other of this.#grid.querySelectorAll("[tabindex='0']")) other.tabIndex = -1
    button.tabIndex = 0
    button.focus()
  }
}

async function fetched() {
  const answer = await fetch(DATA)
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  return await answer.json()
}

const rows = (all) => Array.from({ length: Math.ceil(all.length / COLUMNS) }, (_, at) => all.slice(at * COLUMNS, (at + 1) * COLUMNS))

function along(key) {
  const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight"
  const back = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft"
  return { [forward]: 1, [back]: -1 }[key] ?? 0
}

function cell(tag, text, name) {
  const element = document.createElement(tag)
  element.type = "button"
  element.textContent = text
  element.title = name
  element.setAttribute("aria-label", name)
  return element
}

function groupName(group) {
  switch (group) {
    case RECENT: return gettext("Used last")
    case 0: return gettext("Smileys")
    case 1: return gettext("People")
    case 3: return gettext("Animals and nature")
    case 4: return gettext("Food and drink")
    case 5: return gettext("Travel and places")
    case 6: return gettext("Activities")
    case 7: return gettext("Objects")
    case 8: return gettext("Symbols")
    default: return gettext("Flags")
  }
}
