import { setText, sync } from "./dom.js"
import { entries } from "./grouping.js"
import { create, update } from "./message_element.js"
import { NewLine } from "./new_line.js"
import { ReadingPlace } from "./reading_place.js"
import { Span } from "./span.js"
import { Ways } from "./ways.js"

const NEAR = 60 // px from the end that still count as being there
const MARKED = 2_000 // ms for which a message that was looked for is marked
const ABOVE = 0.2 // of the height: how much of what is read stays in view above the line

// The messages of the chosen conversation, with what is not sent yet below them. Of a long history only a part is in
// the document at a time, and what one reads does not move, whatever comes, goes or grows around it.
export class Timeline {
  #log = document.querySelector("#log")
  #list = document.querySelector("#messages")
  #note = document.querySelector("#log-note")
  #ways = new Ways({
    toNewer: () => this.showMessage(this.#line.number),
    toMention: () => this.showMessage(this.#shown.firstMention),
    toLatest: () => { this.toEnd(); this.#log.focus() },
  })
  #place = new ReadingPlace(this.#log)
  #span = new Span()
  #line = new NewLine()
  #shown = null // the conversation
  #drafts = []
  #end = true // whether the last message is in view
  #top = 0 // where the log was scrolled to when one looked last
  #begun = false // whether its first messages have been shown
  #wanted = null // the number of a message that is to be shown as soon as it can be

  // `older`, `newer`, `latest` ask for more of the history, `around(number)` for another part of it: true where it is there then
  constructor(on) {
    this.on = on
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true })
    this.#list.addEventListener("click", ({ target }) => this.#clicked(target))
    const resized = new ResizeObserver(() => this.#resized())
    for (const element of [this.#log, this.#list]) resized.observe(element)
  }

  // The number up to which one has seen everything, or null.
  get seen() {
    if (this.#end) return this.#shown?.lastNumber ?? null
    return this.#place.lastInView()?.entry.message.number ?? null
  }

  // `looking`: whether somebody sits before it.
  show({ conversation, drafts, note, looking }) {
    if (conversation !== this.#shown) this.#turnTo(conversation)
    else this.#look() // the scroll event may still be on its way
    this.#drafts = drafts
    if (!this.#isLineInView()) this.#line.update(conversation, looking && this.#end)
    // At the very top nothing can be scrolled up: what comes must be there before anything above goes.
    if (this.#begun && this.#room().above) this.#span.older(conversation.messages)
    setText(this.#note, note ?? "")
    this.#note.hidden = !note
    this.#draw()
    if (!this.#begun && conversation.messages.length) this.#begin()
    this.#fill()
    this.#offer()
  }

  focus() { this.#log.focus() }

  toEnd() {
    if (!this.#shown) return
    this.#wanted = null
    this.#span.toEnd()
    this.#end = true
    if (!this.#shown.attached) this.on.latest()
    this.#draw()
    this.#look()
    this.#offer()
  }

  // Whoever writes has read.
  answered() {
    this.#line.clear()
    this.toEnd()
  }

  // Show a message of the history where it was said, and mark it for a moment.
  showMessage(number) {
    this.#wanted = number
    if (this.#begun) this.#findWanted()
  }

  #turnTo(conversation) {
    this.#shown = conversation
    this.#wanted = null
    this.#end = true
    this.#begun = false
    this.#span.toEnd()
    this.#line.turnTo(conversation)
    this.#place.forget()
    sync(this.#list, [], {})
  }

  // ---- what is in the document

  #draw() {
    const { messages, me, attached } = this.#shown
    const { shown, previous } = this.#span.of(messages, { atEnd: this.#end })
    const drafts = this.#span.open && attached ? this.#drafts : []
    const answered = (id) => this.on.quoted(this.#shown, id)
    this.#syncList(entries({ messages: shown, previous, drafts, me, line: this.#line.number, answered }))
    this.#settle()
  }

  // At the end one stays at the end; elsewhere, with what one reads.
  #settle() {
    if (!this.#end) return this.#place.restore()
    this.#log.scrollTop = this.#log.scrollHeight
    this.#top = this.#log.scrollTop
    this.#place.keep()
  }

  #syncList(all) {
    const focused = this.#list.contains(document.activeElement)
    sync(this.#list, all, { key: ({ key }) => key, create, update: (element, entry) => update(element, entry, this.#shown) })
    if (focused && !this.#list.contains(document.activeElement)) this.#log.focus({ preventScroll: true })
  }

  // More on either side before one comes to the edge: from what is known, else from the server.
  #fill() {
    const { messages, attached } = this.#shown
    while (this.#room().above && this.#span.older(messages)) this.#draw()
    if (this.#room().above) this.on.older()
    if (this.#end) return
    while (this.#room().below && this.#span.newer(messages)) this.#draw()
    if (this.#room().below && this.#span.open && !attached) this.on.newer()
  }

  // On which sides less than a screen is left. Of what is at most in the document never on both.
  #room() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log
    const least = Math.min(clientHeight, scrollHeight / 5)
    return { above: scrollTop < least, below: scrollHeight - scrollTop - clientHeight < least }
  }

  // One comes to what is new, where that is among the newest, or to the end.
  #begin() {
    this.#begun = true
    if (this.#wanted !== null) return this.#findWanted()
    const line = this.#list.querySelector(".new-line")
    if (!line) return
    const top = line.offsetTop - this.#log.clientHeight * ABOVE
    if (top >= this.#log.scrollHeight - this.#log.clientHeight - NEAR) return
    this.#scrollTo(top)
  }

  // Whoever looks at it keeps it: at the very top, what goes would move all that is below it.
  #isLineInView() {
    const line = this.#list.querySelector(".new-line")?.getBoundingClientRect()
    const log = this.#log.getBoundingClientRect()
    return Boolean(line) && !this.#end && line.bottom > log.top && line.top < log.bottom
  }

  #scrollTo(top) {
    this.#end = false
    this.#log.scrollTop = top
    this.#place.keep()
    this.#look()
  }

  // ---- a message that is looked for

  async #findWanted() {
    const number = this.#wanted
    const conversation = this.#shown
    if (!conversation.has(number) && !await this.on.around(number)) {
      if (this.#wanted === number) this.#wanted = null
      return
    }
    if (this.#wanted !== number || this.#shown !== conversation) return
    this.#wanted = null
    this.#span.around(number)
    this.#end = false
    this.#place.forget()
    this.#draw()
    this.#mark(number)
    this.#fill()
    this.#offer()
  }

  #mark(number) {
    const element = Array.from(this.#list.querySelectorAll(".message")).find(({ entry }) => entry.message.number === number)
    if (!element) return
    this.#scrollTo(element.offsetTop - Math.max(0, this.#log.clientHeight - element.offsetHeight) / 2)
    element.focus({ preventScroll: true })
    element.classList.add("marked")
    setTimeout(() => element.classList.remove("marked"), MARKED)
  }

  // ---- where one is

  #scrolled() {
    if (!this.#end) this.#place.restore()
    this.#look()
    if (!this.#end) this.#place.keep()
    this.#fill()
    this.#offer()
    this.on.moved()
  }

  // A picture has loaded, the window or the field below has another size.
  #resized() {
    if (!this.#shown || !this.#log.clientHeight) return // on a phone the list may be in its place
    if (!this.#end) this.#place.restore()
    this.#look()
    this.#settle()
    this.#offer()
  }

  // Whether the end is in view. Whoever was there and did not scroll away is there still, whatever became higher or
  // lower before we heard of it: the window, the field below, a picture.
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log
    if (!clientHeight) return
    const last = scrollHeight - clientHeight
    const stayed = this.#end && scrollTop >= Math.min(this.#top, last) - 1
    const end = (stayed || last - scrollTop < NEAR) && this.#span.open && this.#shown.attached
    const moved = end !== this.#end
    this.#end = end
    this.#top = scrollTop
    if (moved) this.on.moved()
  }

  #offer() {
    const first = this.#place.firstInView()?.entry.message.number
    this.#ways.show(this.#shown, { atEnd: this.#end, line: this.#line.number, first })
  }

  // What one reads stays where it is. What was folded again comes into view to its end, where the button is.
  #fold(element) {
    element.unfolded = !element.unfolded
    update(element, element.entry, this.#shown)
    const { clientHeight, scrollTop } = this.#log
    const above = !element.unfolded && element.offsetTop < scrollTop
    const least = element.offsetTop + element.offsetHeight - clientHeight * (1 - ABOVE / 2)
    this.#scrollTo(above ? Math.max(element.offsetTop - clientHeight * ABOVE, least) : scrollTop)
  }

  #clicked(target) {
    const { draft } = target.closest(".message")?.dataset ?? {}
    if (target.closest(".retry")) this.on.retry(draft)
    if (target.closest(".discard")) this.on.discard(draft)
    if (target.closest(".fold")) this.#fold(target.closest(".message"))
  }
}
