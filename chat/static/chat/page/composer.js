import { setText } from "./dom.js"
import { gettext } from "./i18n.js"
import { MentionList } from "./mention_list.js"
import { Mentionable } from "./mentionable.js"
import { mentionedIds } from "./mentions.js"
import { setQuote, whyNotChanged } from "./message_element.js"
import { setSentence } from "./sentence.js"

// Where one writes: something new, an answer, or what one wrote before in other words. What is not sent yet stays with
// its conversation, over reloads too.
export class Composer {
  #form = document.querySelector("#composer")
  #words = document.querySelector("#words")
  #context = document.querySelector("#composer-context")
  #problem = this.#context.querySelector(".problem")
  #unfinished
  #mentionList
  #mentionable
  #conversation = null // its id
  #replyTo = null // the id of the message that is answered
  #editing = null // the message that is changed

  // `send(conversation, { body, reply_to })`, `edit(message, body)` (may throw), `emptied(message)`: nothing is
  // left of one that is changed, `editLast()`, `typing(conversation)`, `findMembers(conversation, text)`: see
  // Mentionable; `hasFiles()`: whether something goes along that needs no words
  constructor({ unfinished, quoted, ...on }) {
    this.#unfinished = unfinished
    this.on = { quoted, ...on }
    this.#mentionList = new MentionList(this.#words, { changed: () => this.#wrote(), wanted: (name) => this.#mentionable.ask(name) })
    this.#mentionable = new Mentionable({
      find: on.findMembers, changed: () => this.#mentionList.offer(this.#mentionable.people),
    })
    this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit() })
    this.#words.addEventListener("keydown", (event) => this.#pressed(event))
    this.#words.addEventListener("input", () => this.#wrote())
    this.#context.querySelector(".cancel").addEventListener("click", () => this.#cancel())
    window.addEventListener("storage", ({ key }) => this.#changedElsewhere(key))
  }

  turnTo(conversation) {
    if (conversation === this.#conversation) return
    this.#conversation = conversation
    this.#mentionList.turnTo()
    this.#mentionable.show(null)
    this.#takeUp()
  }

  // What is answered or changed, as it is now.
  show(conversation) {
    this.#mentionable.show(conversation)
    this.#context.hidden = !this.#replyTo && !this.#editing
    if (this.#context.hidden) return
    const message = this.#editing ?? this.on.quoted(conversation, this.#replyTo)
    const name = message && conversation.nameOf(message.sender)
    if (this.#editing) setText(this.#context.querySelector(".title"), gettext("Edit message"))
    else if (name) setSentence(this.#context.querySelector(".title"), (value) => gettext("Reply to {name}", { name: value(name) }))
    else setText(this.#context.querySelector(".title"), gettext("Reply"))
    setQuote(this.#context.querySelector(".quote"), conversation, message, { named: false })
  }

  reply({ id }) {
    if (this.#editing) this.#takeUp()
    this.#replyTo = id
    this.#keep()
    this.focus()
  }

  edit(message) {
    this.#editing = message
    this.#problem.hidden = true
    this.#fill(message.body)
    this.focus()
  }

  // What was changed is gone.
  recalled({ id }) { if (this.#editing?.id === id) this.#takeUp() }

  // Put a text where the cursor is.
  insert(text) {
    this.#words.setRangeText(text, this.#words.selectionStart, this.#words.selectionEnd, "end")
    this.#wrote()
  }

  focus() { this.#words.focus() }

  // What was begun in this conversation, as it is kept.
  #takeUp() {
    const { body, reply_to, called } = this.#unfinished.get(this.#conversation)
    this.#editing = null
    this.#replyTo = reply_to
    this.#mentionList.picked = new Map(called.map((person) => [person.id, person]))
    this.#problem.hidden = true
    this.#fill(body)
  }

  // Another tab went on with what was begun, or sent it: so it is here. Every key is kept, so that the last one counts.
  #changedElsewhere(key) {
    const conversation = this.#unfinished.conversationOf(key)
    if (conversation !== null && conversation === this.#conversation && !this.#editing) this.#takeUp()
  }

  #fill(body) {
    this.#words.value = body
    this.#fit()
    this.on.changed()
  }

  #wrote() {
    this.#problem.hidden = true
    this.#fit()
    this.#keep()
    if (this.#words.value.trim() && !this.#editing) this.on.typing(this.#conversation)
  }

  #keep() {
    if (this.#conversation === null || this.#editing) return
    const body = this.#words.value
    const called = [...this.#mentionList.picked.values()].filter(({ name }) => body.includes(`@${name}`))
    this.#unfinished.set(this.#conversation, { body, reply_to: this.#replyTo, called })
    this.on.changed()
  }

  // Enter sends, Shift+Enter begins a line. While an input method composes, all keys are its own.
  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return
    if (this.#mentionList.pressed(event)) return
    if (event.key === "Enter" && !event.shiftKey) this.#form.requestSubmit()
    else if (event.key === "Escape" && !this.#context.hidden) this.#cancel()
    else if (event.key === "ArrowUp" && !event.altKey && !this.#words.value && !this.#editing) this.on.editLast()
    else return
    event.preventDefault()
  }

  // Escape ends the change, or the answer; what was written for it stays, unless it was of the changed message.
  #cancel() {
    if (this.#editing) this.#takeUp()
    else {
      this.#replyTo = null
      this.#keep()
    }
    this.focus()
  }

  #submit() {
    const body = this.#words.value.trim()
    if ((!body && !this.#editing && !this.on.hasFiles()) || this.#conversation === null) return
    if (this.#editing && !body) return this.#empty(this.#editing)
    if (this.#editing) return void this.#change(this.#editing, body)
    const { picked } = this.#mentionList
    const mentions = mentionedIds(body, [...this.#mentionable.people, ...picked.values()], picked)
    const draft = { body, reply_to: this.#replyTo ?? undefined, data: mentions.length ? { mentions } : undefined }
    this.#replyTo = null
    this.#fill("")
    this.#keep()
    this.on.send(this.#conversation, draft)
  }

  // Whoever takes all words away wants the message gone, or has to be told.
  #empty(message) {
    this.#tell(gettext("A message cannot be empty. Write something, or recall it."))
    this.#words.blur() // a dialog that gives the focus back by itself gives Chromium's field no caret
    this.on.emptied(message)
  }

  #tell(problem) {
    setText(this.#problem, problem)
    this.#problem.hidden = false
  }

  async #change(message, body) {
    try {
      if (body !== message.body) await this.on.edit(message, body)
      if (this.#editing === message) this.#takeUp()
    } catch (error) {
      if (this.#editing === message) this.#tell(whyNotChanged(error))
    }
  }

  // As high as its text, where the stylesheet's `field-sizing` does not do it already.
  #fit() {
    if (CSS.supports("field-sizing", "content")) return
    this.#words.style.height = "auto"
    this.#words.style.height = `${this.#words.scrollHeight + 2}px` // and its border
  }
}
