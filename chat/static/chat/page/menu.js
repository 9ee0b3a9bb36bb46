const MARGIN = 8 // px that stay free between what pops up and the window's edge

// A menu by the pattern of the ARIA guide: opened beside what it belongs to, with the focus on its first item; arrows,
// Home, End and first letters move it, Escape, Tab and a click elsewhere close it.
export class Menu {
  #menu
  #choose
  #back = null // what has the focus again afterwards

  constructor(menu, choose) {
    this.#menu = menu
    this.#choose = choose
    menu.addEventListener("keydown", (event) => this.#pressed(event))
    menu.addEventListener("click", ({ target }) => this.#clicked(target.closest("[role=menuitem]")))
    document.addEventListener("pointerdown", ({ target }) => { if (this.isOpen && !menu.contains(target)) this.close() })
    window.addEventListener("blur", () => this.close())
    window.addEventListener("resize", () => this.close())
  }

  get isOpen() { return this.#menu.matches(":popover-open") }

  // `items` by their `data-action`; `beside` a rectangle of the window; `back` what had the focus.
  open({ items, beside, back }) {
    for (const item of this.#menu.children) item.hidden = !items.includes(item.dataset.action)
    this.#back = back
    this.#menu.showPopover()
    putBeside(this.#menu, beside)
    this.#items[0]?.focus()
  }

  close({ refocus = false } = {}) {
    if (!this.isOpen) return
    this.#menu.hidePopover()
    if (refocus) this.#back?.focus()
    this.#back = null
  }

  get #items() { return Array.from(this.#menu.children).filter(({ hidden }) => !hidden) }

  #clicked(item) {
    if (!item) return
    this.close({ refocus: true })
    this.#choose(item.dataset.action)
  }

  #pressed(event) {
    const items = this.#items
    const place = items.indexOf(document.activeElement)
    const to = destination(event.key, place, items)
    if (to !== undefined) items.at(to % items.length).focus()
    else if (event.key === "Escape" || event.key === "Tab") this.close({ refocus: true })
    else return
    event.stopPropagation()
    event.preventDefault()
  }
}

function destination(key, place, items) {
  if (key === "ArrowDown") return place + 1
  if (key === "ArrowUp") return place - 1
  if (key === "Home") return 0
  if (key === "End") return -1
  if (key.length > 1 || key === " ") return undefined
  const begins = (item) => item.textContent.trim().toLocaleLowerCase().startsWith(key.toLocaleLowerCase())
  const found = [...items.slice(place + 1), ...items.slice(0, place + 1)].find(begins)
  return found && items.indexOf(found)
}

// Below a rectangle of the window, above it where there is no room, and never beyond the window's edges.
export function putBeside(element, { left, right, top, bottom }) {
  const { width, height } = element.getBoundingClientRect()
  const rightward = document.dir !== "rtl"
  const x = rightward ? left : right - width
  const y = bottom + height + MARGIN <= innerHeight ? bottom : top - height
  element.style.left = `${within(x, innerWidth - width)}px`
  element.style.top = `${within(y, innerHeight - height)}px`
}

const within = (value, most) => Math.max(MARGIN, Math.min(value, most - MARGIN))
