import { Menu } from "./menu.js"
import { messageAction } from "./shortcuts.js"

const LONG = 500 // ms that a finger must rest on a message
const STILL = 10 // px that it may tremble

// What one can do with a message: the buttons that appear on it, their menu, the keyboard, and a long press.
//
// `actions(message)`  what may be done with it; `act(action, message)` does it; `leave()` puts the focus elsewhere;
// `single()`          whether single letters are on
export class MessageActions {
  #log = document.querySelector("#log")
  #menu
  #for = null // the message of the open menu
  #press = null

  constructor({ actions, act, leave, single }) {
    this.on = { actions, act, leave, single }
    this.#menu = new Menu(document.querySelector("#message-menu"), (action) => this.#do(action, this.#for))
    this.#log.addEventListener("click", ({ target }) => this.#clicked(target))
    this.#log.addEventListener("keydown", (event) => this.#pressed(event))
    this.#log.addEventListener("focusin", ({ target }) => this.#reach(target, 0))
    this.#log.addEventListener("focusout", ({ target }) => this.#reach(target, -1))
    this.#log.addEventListener("scroll", () => { this.#release(); this.#menu.close() }, { passive: true })
    this.#log.addEventListener("pointerdown", (event) => this.#touched(event))
    for (const event of ["pointerup", "pointercancel"]) this.#log.addEventListener(event, () => this.#release())
    this.#log.addEventListener("pointermove", (event) => this.#moved(event), { passive: true })
    this.#log.addEventListener("contextmenu", (event) => { if (event.pointerType === "touch") event.preventDefault() })
  }

  #do(action, message) {
    if (message && this.on.actions(message).includes(action)) this.on.act(action, message)
  }

  #clicked(target) {
    const element = target.closest(".message")
    const { message } = element?.entry ?? {}
    if (!message) return
    if (target.closest(".reply")) this.#do("reply", message)
    if (target.closest(".more-actions")) this.#open(element)
    if (target.closest(".answered")) this.on.act("answered", message)
  }

  #open(element, beside = element.querySelector(".more-actions").getBoundingClientRect()) {
    const { message } = element.entry
    const items = this.on.actions(message)
    if (!items.length) return
    this.#for = message
    this.#menu.open({ items, beside, back: element })
  }

  // ---- the keyboard: arrows go from message to message, Enter opens the menu, letters do the thing at once

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { target, key } = event, action = messageAction(event, { single: this.on.single() })
    const on = target.closest(".message")
    if (target !== this.#log && target !== on) return
    if (key === "ArrowUp" || key === "ArrowDown") this.#step(on, key === "ArrowUp")
    else if (!on) return
    else if (key === "Enter" || key === "ContextMenu" || key === "F10" && event.shiftKey) this.#open(on)
    else if (key === "Escape") this.on.leave()
    else if (action) this.#do(action, on.entry.message)
    else return
    event.preventDefault()
  }

  // The log is one stop of the Tab key; from a message that has the focus it goes on to the links and buttons on it.
  #reach(target, tabIndex) {
    const message = target.closest(".message")
    for (const element of message ? [message, ...message.querySelectorAll("a, button")] : []) element.tabIndex = tabIndex
  }

  #step(from, up) {
    const all = Array.from(this.#log.querySelectorAll(".message"))
    const to = from ? all[all.indexOf(from) + (up ? -1 : 1)] : this.#inView(all, up)
    to?.focus({ preventScroll: true })
    to?.scrollIntoView({ block: "nearest" })
  }

  // From the outside one comes to the last message in view, or to the first.
  #inView(all, last) {
    const { top, bottom } = this.#log.getBoundingClientRect()
    const seen = all.filter((element) => {
      const box = element.getBoundingClientRect()
      return box.bottom > top && box.top < bottom
    })
    return seen.at(last ? -1 : 0)
  }

  // ---- a finger that rests on a message

  #touched({ pointerType, target, clientX: x, clientY: y }) {
    const element = target.closest(".bubble") && target.closest(".message")
    if (pointerType !== "touch" || !element) return
    const beside = { left: x, right: x, top: y, bottom: y }
    this.#press = { x, y, timer: setTimeout(() => this.#open(element, beside), LONG) }
  }

  #moved({ clientX, clientY }) {
    if (this.#press && Math.hypot(clientX - this.#press.x, clientY - this.#press.y) > STILL) this.#release()
  }

  #release() {
    clearTimeout(this.#press?.timer)
    this.#press = null
  }
}
