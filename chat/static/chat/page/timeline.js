import { setText, sync } from "./dom.js"
import { entries } from "./grouping.js"
import { create, update } from "./message_element.js"

const NEAR = 60 // px from the end that still count as being there

// The messages of the chosen conversation, with what is not sent yet below them.
export class Timeline {
  #log = document.querySelector("#log")
  #list = document.querySelector("#messages")
  #note = document.querySelector("#log-note")
  #latest = document.querySelector("#latest")
  #shown = null // the conversation
  #end = true // whether the last message is in view

  constructor({ retry, discard, older, moved, quoted }) {
    this.on = { retry, discard, older, moved, quoted }
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true })
    this.#latest.addEventListener("click", () => { this.toEnd(); this.#log.focus() })
    this.#list.addEventListener("click", ({ target }) => this.#clicked(target))
    new ResizeObserver(() => { if (this.#end) this.toEnd() }).observe(this.#log)
  }

  get atEnd() { return this.#end }

  show({ conversation, drafts, note }) {
    if (conversation === this.#shown) this.#look() // the scroll event may still be on its way
    else this.#turnTo(conversation)
    const still = this.#end ? null : this.#firstInView()
    const top = still?.offsetTop
    setText(this.#note, note ?? "")
    this.#note.hidden = !note
    this.#sync(conversation, drafts)
    if (this.#end) this.toEnd()
    else if (still?.isConnected) this.#log.scrollTop += still.offsetTop - top
    this.#latest.hidden = this.#end
    if (this.#log.scrollHeight <= this.#log.clientHeight) this.on.older() // no scrolling asks for them
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight
    this.#look()
  }

  #sync(conversation, drafts) {
    const { messages, me } = conversation
    const all = entries({ messages, drafts, me, answered: (id) => this.on.quoted(conversation, id) })
    sync(this.#list, all, { key: ({ key }) => key, create, update: (element, entry) => update(element, entry, conversation) })
  }

  #turnTo(conversation) {
    this.#shown = conversation
    this.#end = true
    sync(this.#list, [], {})
  }

  #scrolled() {
    this.#look()
    if (this.#log.scrollTop < this.#log.clientHeight) this.on.older()
  }

  // Whether the end is in view.
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log
    const end = scrollHeight - scrollTop - clientHeight < NEAR
    const moved = end !== this.#end
    this.#end = end
    this.#latest.hidden = end
    if (moved) this.on.moved()
  }

  // What one reads must not move, whatever comes or goes before it.
  #firstInView() {
    const { scrollTop } = this.#log
    return Array.from(this.#list.querySelectorAll(".message")).find((element) => element.offsetTop >= scrollTop)
  }

  #clicked(target) {
    const { draft } = target.closest(".message")?.dataset ?? {}
    if (target.closest(".retry")) this.on.retry(draft)
    if (target.closest(".discard")) this.on.discard(draft)
  }
}
