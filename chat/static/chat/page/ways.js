import { setText } from "./dom.js"
import { ngettext } from "./i18n.js"

// The ways to what is not in view: up to the first that is new, to where one is mentioned, down to the latest.
export class Ways {
  #newer = document.querySelector("#new-above")
  #mention = document.querySelector("#next-mention")
  #latest = document.querySelector("#latest")

  constructor({ toNewer, toMention, toLatest }) {
    this.#newer.addEventListener("click", toNewer)
    this.#mention.addEventListener("click", toMention)
    this.#latest.addEventListener("click", toLatest)
  }

  // `line`: the number of the first that is new, or null; `first`: of the first in view.
  show({ unreadSaid, lastNumber, mentioned }, { atEnd, line, first }) {
    this.#latest.hidden = atEnd
    this.#mention.hidden = atEnd || !mentioned
    const badge = this.#latest.querySelector(".badge")
    badge.hidden = !unreadSaid
    setText(badge.querySelector(".count"), unreadSaid > 999 ? "999+" : String(unreadSaid))
    this.#newer.hidden = line === null || !(line < first)
    if (!this.#newer.hidden) setText(this.#newer.querySelector(".words"), newMessages(lastNumber - line + 1))
  }
}

const newMessages = (count) => ngettext("{count} new message", "{count} new messages", count)
