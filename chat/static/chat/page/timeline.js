import { showAttachments } from "./attachments_shown.js"
import { clone, setText, sync } from "./dom.js"
import { gettext, pgettext } from "./i18n.js"
import { messageText } from "./message_text.js"
import { clockTime, dayName, fullTime, sameDay } from "./times.js"
import { isWordless } from "./uploads.js"

const NEAR = 60 // px from the end that still count as being there
const TOGETHER = 5 * 60_000 // ms within which a person's messages stand under one name

// The messages of the chosen conversation, with what is not sent yet below them.
export class Timeline {
  #log = document.querySelector("#log")
  #list = document.querySelector("#messages")
  #note = document.querySelector("#log-note")
  #latest = document.querySelector("#latest")
  #shown = null // the conversation
  #end = true // whether the last message is in view

  constructor({ retry, discard, older, moved }) {
    this.on = { retry, discard, older, moved }
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
    sync(this.#list, entries(conversation, drafts), { key: ({ key }) => key, create, update })
    if (this.#end) this.toEnd()
    else if (still?.isConnected) this.#log.scrollTop += still.offsetTop - top
    this.#latest.hidden = this.#end
    if (this.#log.scrollHeight <= this.#log.clientHeight) this.on.older() // no scrolling asks for them
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight
    this.#look()
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

// Days, messages and drafts as one list. A message keeps the key of its draft, so that it stays the same element.
function* entries(conversation, drafts) {
  const { me } = conversation
  const byId = new Map(conversation.messages.map((message) => [message.id, message]))
  const stored = new Set(conversation.messages.map(({ client_id }) => client_id))
  const waiting = drafts.filter(({ client_id }) => !stored.has(client_id))
  let previous = null
  for (const message of [...conversation.messages, ...waiting.map((draft) => ({ ...draft, sender: me, draft }))]) {
    const date = new Date(message.created_at)
    if (!previous || !sameDay(previous.date, date)) yield { key: `day ${date.toDateString()} ${message.number}`, day: date }
    const joined = previous?.sender === message.sender && sameDay(previous.date, date) && date - previous.date < TOGETHER
    const key = message.sender === me && message.client_id ? message.client_id : message.number
    yield { key, message, date, joined, conversation, answered: byId.get(message.reply_to) }
    previous = { sender: message.sender, date }
  }
}

const create = ({ day }) => clone(day ? "day-template" : "message-template")

function update(element, entry) {
  if (entry.day) return setText(element.firstElementChild, dayName(entry.day))
  const { message, date, joined, conversation, answered } = entry
  const own = message.sender === conversation.me
  element.classList.toggle("own", own)
  element.classList.toggle("system", message.sender === null)
  element.classList.toggle("joined", joined)
  element.classList.toggle("recalled", Boolean(message.recalled_at))
  showSender(element.querySelector(".who"), conversation, message, own)
  showAnswered(element.querySelector(".answered"), conversation, message, answered)
  showAttachments(element.querySelector(".attachments"), message)
  element.querySelector(".body").hidden = isWordless(message)
  setText(element.querySelector(".body"), messageText(conversation, message))
  element.querySelector(".edited").hidden = !message.edited_at || Boolean(message.recalled_at)
  showTime(element.querySelector("time"), message.created_at, date)
  showTick(element.querySelector(".tick"), own && message.sender !== null && tick(conversation, message))
  showFailure(element, message.draft)
}

function showSender(element, conversation, { sender }, own) {
  setText(element, sender === null ? "" : conversation.nameOf(sender) ?? gettext("Somebody"))
  element.classList.toggle("hidden-text", own || conversation.kind === "direct")
}

// What a message answers: as it is now, or that it is further up than what is loaded.
function showAnswered(element, conversation, { reply_to, recalled_at }, answered) {
  element.hidden = !reply_to || Boolean(recalled_at)
  if (element.hidden) return
  const name = answered && conversation.nameOf(answered.sender)
  const words = answered ? messageText(conversation, answered) : gettext("In answer to an earlier message")
  setText(element, name ? gettext("{name}: {text}", { name, text: words }) : words)
}

function showTime(element, moment, date) {
  if (element.dateTime === moment) return
  element.dateTime = moment
  element.title = fullTime(date)
  setText(element, clockTime(date))
}

function tick(conversation, { draft, ...message }) {
  if (draft) return draft.failed ? "failed" : "waiting"
  return conversation.tick(message)
}

function showTick(element, tick) {
  element.hidden = !tick || tick === "failed"
  if (element.hidden || element.dataset.tick === tick) return
  element.dataset.tick = tick
  element.title = tickName(tick)
  element.querySelector("use").setAttribute("href", `#icon-${tick === "read" ? "sent" : tick}`)
  setText(element.querySelector(".hidden-text"), tickName(tick))
}

function tickName(tick) {
  switch (tick) {
    case "stored": return pgettext("tick", "stored")
    case "sent": return pgettext("tick", "sent")
    case "read": return pgettext("tick", "read")
    default: return pgettext("tick", "waiting")
  }
}

function showFailure(element, draft) {
  const failure = element.querySelector(".failure")
  element.classList.toggle("failed", Boolean(draft?.failed))
  failure.hidden = !draft?.failed
  if (draft) element.dataset.draft = draft.client_id
  if (!draft?.failed) return
  const { code } = draft.failed
  setText(failure.querySelector(".why"), whyNotSent(code))
}

function whyNotSent(code) {
  switch (code) {
    case "too_large": return gettext("Not sent: it is too long.")
    case "not_found": return gettext("Not sent: you are not in this conversation any more.")
    case "invalid": return gettext("Not sent: it holds something that cannot be sent.")
    case "conflict": return gettext("Not sent: another message has its number.")
    default: return gettext("Not sent.")
  }
}
