import { announce } from "./announcer.js"
import { showAvatar } from "./avatar.js"
import { clone, setText } from "./dom.js"
import { beginning, excerpt, parts } from "./hits.js"
import { gettext, ngettext } from "./i18n.js"
import { Listbox } from "./listbox.js"
import { showParts } from "./marked.js"
import { nameIn } from "./people.js"
import { shortTime } from "./times.js"

const NAME = 20 // cells of a line that the sender's name takes at most: else one sees nothing of what was found
const ALL_READ = 600 // ms after which a screen reader is told how many there are: not with every key

// The field over the list of conversations, and what it finds instead of that list.
export class SearchBox {
  #input = document.querySelector("#search")
  #results = document.querySelector("#search-results")
  #note = document.querySelector("#search-note")
  #search
  #listbox
  #on
  #said = null
  #from = null // what had the focus before the field

  // `faceOf(conversation id)`: what its avatar is made of; `sender(message)`; `person(found)`, `conversation(found)`, `message(found)` are chosen;
  // `leave()`: the focus belongs to the list
  constructor({ search, ...on }) {
    this.#search = search
    this.#on = on
    this.#input.addEventListener("input", () => search.ask(this.#input.value))
    this.#input.addEventListener("focus", ({ relatedTarget }) => { this.#from = relatedTarget })
    this.#listbox = new Listbox({
      input: this.#input,
      list: this.#results,
      choose: (option) => this.#choose(option),
      escape: () => this.#escape(),
    })
  }

  // What was written while this was not here, and `from` where one came to the field.
  begin(from) {
    this.#from = from
    this.#search.ask(this.#input.value)
  }

  show() {
    const search = this.#search
    document.body.classList.toggle("searching", search.active)
    this.#results.replaceChildren(...(search.active ? this.#sections() : []))
    this.#listbox.changed({ open: search.active && !search.empty })
    const note = this.#sentence()
    this.#note.hidden = !note
    setText(this.#note, note)
    this.#say()
  }

  #sections() {
    const { people, conversations, messages, text } = this.#search
    return [
      section("people", gettext("People"), people.map((found) => this.#person(found, text))),
      section("conversations", gettext("Conversations"), conversations.map((found) => this.#conversation(found, text))),
      section("messages", gettext("Messages"), messages.map((found) => this.#message(found, text))),
    ].filter(Boolean)
  }

  #person(found, text) {
    return option(`person-${found.id}`, found, {
      name: parts(found.name, nameIn(text)), line: parts(`@${found.username}`, nameIn(text)), face: found, do: () => this.#on.person(found),
    })
  }

  #conversation(found, text) {
    const line = [{ text: ngettext("{count} member", "{count} members", found.memberCount), hit: false }]
    return option(`conversation-${found.id}`, found, {
      name: parts(found.name, text), line, face: found.face, do: () => this.#on.conversation(found),
    })
  }

  #message(found, text) {
    const face = this.#on.faceOf(found.conversation) ?? { id: found.conversation, name: "" }
    const who = { text: gettext("{name}: {text}", { name: beginning(this.#on.sender(found), NAME), text: "" }), hit: false }
    return option(`message-${found.id}`, found, {
      name: [{ text: face.name, hit: false }],
      line: [who, ...excerpt(found.body, text)],
      face,
      moment: found.created_at,
      long: true,
      do: () => this.#on.message(found),
    })
  }

  #sentence() {
    const { active, failed, empty, asking } = this.#search
    if (!active) return ""
    if (failed) return gettext("The search did not reach the server. Try again.")
    if (!empty) return ""
    return asking ? gettext("Searching…") : gettext("Nothing found.")
  }

  #say() {
    clearTimeout(this.#said)
    const { active, asking, people, conversations, messages } = this.#search
    if (!active || asking) return
    const count = people.length + conversations.length + messages.length
    this.#said = setTimeout(() => {
      announce(ngettext("{count} result", "{count} results", count))
    }, ALL_READ)
  }

  #choose(option) {
    this.clear()
    option.choose()
  }

  clear() {
    this.#input.value = ""
    this.#search.clear()
  }

  // The search is over, and one is again where one came from.
  #escape() {
    this.clear()
    if (this.#from?.getClientRects().length) this.#from.focus()
    else this.#on.leave()
    return true
  }
}

function section(id, title, options) {
  if (!options.length) return null
  const element = clone("results-template")
  const heading = element.querySelector(".title")
  heading.id = `results-${id}`
  setText(heading, title)
  element.setAttribute("aria-labelledby", heading.id)
  element.append(...options)
  return element
}

function option(id, found, { name, line, face, moment, long = false, do: choose }) {
  const element = clone("result-template")
  element.classList.toggle("long", long)
  element.id = `result-${id}`
  element.choose = choose
  showAvatar(element.querySelector(".avatar"), face)
  showParts(element.querySelector(".name"), name)
  showParts(element.querySelector(".last"), line)
  const time = element.querySelector("time")
  time.hidden = !moment
  if (moment) { time.dateTime = moment; setText(time, shortTime(new Date(moment))) }
  return element
}
