import { showAvatar } from "./avatar.js"
import { clone, setText } from "./dom.js"
import { excerpt, parts } from "./hits.js"
import { gettext, ngettext } from "./i18n.js"
import { Listbox } from "./listbox.js"
import { showParts } from "./marked.js"
import { shortTime } from "./times.js"

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

  // `nameOf(conversation id)`, `sender(message)`; `person(found)`, `conversation(found)`, `message(found)` are chosen
  constructor({ search, ...on }) {
    this.#search = search
    this.#on = on
    this.#input.addEventListener("input", () => search.ask(this.#input.value))
    this.#listbox = new Listbox({
      input: this.#input,
      list: this.#results,
      choose: (option) => this.#choose(option),
      escape: () => this.#escape(),
    })
  }

  // What was written while this was not here.
  begin() { this.#search.ask(this.#input.value) }

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
      name: parts(found.name, text), line: parts(`@${found.username}`, text), avatar: found, do: () => this.#on.person(found),
    })
  }

  #conversation(found, text) {
    const line = [{ text: ngettext("{count} member", "{count} members", found.memberCount), hit: false }]
    return option(`conversation-${found.id}`, found, {
      name: parts(found.name, text), line, avatar: found, do: () => this.#on.conversation(found),
    })
  }

  #message(found, text) {
    const name = this.#on.nameOf(found.conversation) ?? ""
    const who = { text: gettext("{name}: {text}", { name: this.#on.sender(found), text: "" }), hit: false }
    return option(`message-${found.id}`, found, {
      name: [{ text: name, hit: false }],
      line: [who, ...excerpt(found.body, text)],
      avatar: { id: found.conversation, name },
      moment: found.created_at,
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
      setText(document.querySelector("#announcer"), ngettext("{count} result", "{count} results", count))
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

  // Whether there was something to leave.
  #escape() {
    if (!this.#search.active) return false
    this.clear()
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

function option(id, found, { name, line, avatar, moment, do: choose }) {
  const element = clone("result-template")
  element.id = `result-${id}`
  element.choose = choose
  showAvatar(element.querySelector(".avatar"), avatar.name, avatar.id, avatar.avatar ?? avatar.picture)
  showParts(element.querySelector(".name"), name)
  showParts(element.querySelector(".last"), line)
  const time = element.querySelector("time")
  time.hidden = !moment
  if (moment) { time.dateTime = moment; setText(time, shortTime(new Date(moment))) }
  return element
}
