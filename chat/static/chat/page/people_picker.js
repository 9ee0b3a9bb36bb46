import { showAvatar } from "./avatar.js"
import { clone, setText } from "./dom.js"
import { parts } from "./hits.js"
import { gettext } from "./i18n.js"
import { Listbox } from "./listbox.js"
import { showParts } from "./marked.js"
import { nameIn } from "./people.js"

const SOON = 200 // ms without another key after which the server is asked
const FOUND = 8

// People are chosen by a part of their name: a field, those who are found below it, and who was chosen above it.
export class PeoplePicker {
  chosen = new Map() // id → person
  #root
  #input
  #list
  #note
  #listbox
  #find
  #changed
  #timer = null
  #round = 0

  // `root` is an element with the parts of #picker-template; `find(text, limit)` a promise of people
  constructor({ root, id, label, find, changed = () => {} }) {
    root.append(document.querySelector("#picker-template").content.cloneNode(true))
    this.#root = root
    this.#find = find
    this.#changed = changed
    this.#input = root.querySelector("input")
    this.#list = root.querySelector("[role=listbox]")
    this.#note = root.querySelector(".note")
    this.#input.id = `${id}-name`
    this.#list.id = `${id}-found`
    root.querySelector("label").htmlFor = this.#input.id
    setText(root.querySelector("label"), label)
    this.#input.setAttribute("aria-controls", this.#list.id)
    this.#listbox = new Listbox({
      input: this.#input,
      list: this.#list,
      choose: (option) => this.#choose(option.person),
      escape: () => this.#escape(),
    })
    this.#input.addEventListener("input", () => this.#ask(SOON))
    root.querySelector(".chosen-people").addEventListener("click", ({ target }) => this.#drop(target.closest("button")))
  }

  // Nobody is chosen, and who is in it already is not found.
  reset({ without = new Set() } = {}) {
    this.chosen = new Map()
    this.without = without
    this.#input.value = ""
    this.#offer([])
    this.#showChosen()
  }

  focus() { this.#input.focus() }

  #ask(wait) {
    clearTimeout(this.#timer)
    this.#round += 1
    if (this.#input.value.trim()) this.#timer = setTimeout(() => this.#fetch(this.#input.value.trim()), wait)
    else this.#offer([])
  }

  async #fetch(text) {
    const round = this.#round
    try {
      const found = await this.#find(text, FOUND)
      if (round !== this.#round) return
      const free = found.filter(({ id }) => !this.chosen.has(id) && !this.without.has(id))
      this.#offer(free, text, free.length ? "" : gettext("Nobody found."))
    } catch {
      if (round === this.#round) this.#offer([], text, gettext("The search did not reach the server. Try again."))
    }
  }

  #offer(people, text = "", note = "") {
    this.#list.replaceChildren(...people.map((person) => {
      const element = clone("result-template")
      element.id = `${this.#list.id}-${person.id}`
      element.person = person
      showAvatar(element.querySelector(".avatar"), person)
      showParts(element.querySelector(".name"), parts(person.name, nameIn(text)))
      showParts(element.querySelector(".last"), parts(`@${person.username}`, nameIn(text)))
      element.querySelector("time").hidden = true
      return element
    }))
    this.#listbox.changed({ open: people.length > 0 })
    setText(this.#note, note)
  }

  #choose(person) {
    this.chosen.set(person.id, person)
    this.#input.value = ""
    this.#ask(0)
    this.#showChosen()
    this.#input.focus()
  }

  #drop(button) {
    if (!button) return
    this.chosen.delete(Number(button.dataset.id))
    this.#showChosen()
    this.#input.focus()
  }

  #escape() {
    if (!this.#input.value) return false
    this.#input.value = ""
    this.#ask(0)
    return true
  }

  #showChosen() {
    const items = [...this.chosen.values()].map(({ id, name }) => {
      const element = clone("chosen-person-template")
      const button = element.querySelector("button")
      button.dataset.id = id
      setText(element.querySelector(".name"), name)
      setText(button.querySelector(".hidden-text"), gettext("Without {name}", { name }))
      return element
    })
    const list = this.#root.querySelector(".chosen-people")
    list.replaceChildren(...items)
    list.hidden = !items.length
    this.#changed()
  }
}
