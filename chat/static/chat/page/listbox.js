// The keyboard of a text field with a list of options below it (the ARIA guide's combobox): the focus stays in the field,
// arrows, Enter and Escape go to the list. Options are elements with role=option inside of `list`.
export class Listbox {
  #input
  #list
  #on
  #active = null

  // `choose(option)`, `escape()`
  constructor({ input, list, choose, escape }) {
    this.#input = input
    this.#list = list
    this.#on = { choose, escape }
    input.addEventListener("keydown", (event) => this.#pressed(event))
    input.addEventListener("input", () => this.#point(null)) // what is written next is another question
    list.addEventListener("pointerdown", (event) => event.preventDefault()) // the focus stays in the field
    list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=option]")))
  }

  // The list changed, or came or went. Who was pointed at stays so where an option with the same id is there.
  changed({ open }) {
    this.#list.hidden = !open
    this.#input.setAttribute("aria-expanded", String(open))
    this.#point(open && this.#active ? this.#options.find(({ id }) => id === this.#active.id) ?? null : null)
  }

  get #options() { return Array.from(this.#list.querySelectorAll("[role=option]")) }

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && !event.altKey) this.#move(step)
    else if (event.key === "Enter") this.#choose(this.#active ?? this.#options[0])
    else if (event.key === "Escape") { if (!this.#on.escape()) return }
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #move(step) {
    const options = this.#options
    if (!options.length) return
    const place = options.indexOf(this.#active)
    const first = step > 0 ? 0 : options.length - 1
    this.#point(options[place < 0 ? first : (place + step + options.length) % options.length])
  }

  #point(option) {
    this.#active?.removeAttribute("aria-selected")
    this.#active = option
    if (!option) return this.#input.removeAttribute("aria-activedescendant")
    option.setAttribute("aria-selected", "true")
    this.#input.setAttribute("aria-activedescendant", option.id)
    option.scrollIntoView({ block: "nearest" })
  }

  #choose(option) {
    if (!option) return
    this.#point(null)
    this.#on.choose(option)
  }
}
