import { clone, setText, sync } from "./dom.js"
import { candidates, nameBefore } from "./mentions.js"
import { showAvatar } from "./avatar.js"

// Offers names while one writes "@…": a list box that belongs to the message field, which keeps the focus. Arrows choose,
// Enter and Tab take, Escape closes.
export class MentionList {
  picked = new Map() // who was taken from the list, by id: { id, name }
  #words
  #list = document.querySelector("#mention-list")
  #on
  #people = []
  #found = []
  #chosen = 0
  #dismissed = null // where the @ stands that one does not want a name for

  // `changed()`: a name was taken into the field; `wanted(text)`: what is being written as a name
  constructor(words, { changed, wanted }) {
    this.#words = words
    this.#on = { changed, wanted }
    for (const event of ["input", "click", "keyup"]) words.addEventListener(event, () => this.#look())
    words.addEventListener("blur", () => this.#show([]))
    this.#list.addEventListener("pointerdown", (event) => this.#pointed(event))
  }

  // Another conversation.
  turnTo() {
    this.#dismissed = null
    this.offer([])
  }

  // Those of whom one may be meant. Who is chosen stays so, whoever comes before them.
  offer(people) {
    const chosen = this.#found[this.#chosen]?.id
    this.#people = people
    this.#look()
    const place = this.#found.findIndex(({ id }) => id === chosen)
    if (place > 0) this.#choose(place)
  }

  // A key in the field; true where it was for the list.
  pressed(event) {
    if (!this.#found.length) return false
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1)
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1)
    else if (event.key === "Enter" || event.key === "Tab") this.#take(this.#found[this.#chosen])
    else if (event.key === "Escape") this.#dismiss()
    else return false
    event.preventDefault()
    return true
  }

  get #name() {
    const { selectionStart, selectionEnd, value } = this.#words
    return selectionStart === selectionEnd ? nameBefore(value, selectionStart) : null
  }

  #look() {
    const name = document.activeElement === this.#words ? this.#name : null
    if (!name || name.start !== this.#dismissed) this.#dismissed = null
    const open = name && name.start !== this.#dismissed
    if (open) this.#on.wanted(name.query)
    this.#show(open ? candidates(this.#people, name.query) : [])
  }

  #dismiss() {
    this.#dismissed = this.#name.start
    this.#show([])
  }

  #show(people) {
    if (people.length !== this.#found.length || people.some(({ id }, place) => id !== this.#found[place].id)) this.#chosen = 0
    this.#found = people
    this.#list.hidden = !people.length
    sync(this.#list, people, { key: ({ id }) => id, create: () => clone("mention-template"), update: fill })
    this.#choose(this.#chosen)
  }

  #choose(place) {
    const options = Array.from(this.#list.children)
    this.#chosen = options.length ? (place + options.length) % options.length : 0
    for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === this.#chosen))
    const chosen = options[this.#chosen]
    chosen?.scrollIntoView({ block: "nearest" })
    if (chosen) this.#words.setAttribute("aria-activedescendant", chosen.id)
    else this.#words.removeAttribute("aria-activedescendant")
  }

  #pointed(event) {
    event.preventDefault() // the field keeps the focus
    const option = event.target.closest("[role=option]")
    if (option) this.#take(this.#found.find(({ id }) => option.id === `mention-${id}`))
  }

  #take({ id, name }) {
    const { start } = this.#name
    this.picked.set(id, { id, name })
    this.#words.setRangeText(`@${name} `, start, this.#words.selectionStart, "end")
    this.#show([])
    this.#on.changed()
  }
}

function fill(element, person) {
  element.id = `mention-${person.id}`
  showAvatar(element.querySelector(".avatar"), person)
  setText(element.querySelector(".name"), person.name)
}
