import { showAttachments } from "./attachments_shown.js"
import { clone, setText } from "./dom.js"
import { gettext, list, pgettext } from "./i18n.js"
import { isFoldable, showBody } from "./message_body.js"
import { messageText } from "./message_text.js"
import { setSentence } from "./sentence.js"
import { clockTime, dayName, fullTime, timeZone } from "./times.js"
import { isWordless } from "./attachments.js"

const READERS = 5 // people whom a tooltip names

// An element of the timeline, by what it shows.
export function create({ day, line }) {
  return clone(day ? "day-template" : line ? "line-template" : "message-template")
}

export function update(element, entry, conversation) {
  if (entry.line) return
  if (entry.day) return setText(element.firstElementChild, dayName(entry.day))
  const shown = { ...appearance(entry, conversation), unfolded: Boolean(element.unfolded) }
  if (isSame(element.shown, shown)) return
  element.shown = shown
  element.entry = entry
  show(element, entry, conversation, shown)
}

// All that its look depends on: there are up to 200 of them, and most changes are another one's.
function appearance({ message, joined, answered }, conversation) {
  const own = message.sender === conversation.me
  const name = conversation.nameOf(message.sender)
  const author = answered && conversation.nameOf(answered.sender)
  const named = conversation.calledIn(message).map((person) => person.name).join("\n")
  const said = message.kind === "system" ? messageText(conversation, message) : null // with the names of those in it
  const shown = { joined, answered, own, name, author, named, said, zone: timeZone() }
  return { message, failed: message.draft?.failed, ...shown, ...ticks(conversation, message, own) }
}

function ticks(conversation, message, own) {
  if (!own || message.recalled_at) return { tick: null }
  if (message.draft?.accepted) return { tick: "stored" }
  if (message.draft) return { tick: message.draft.failed ? "failed" : "waiting" }
  const tick = conversation.tick(message)
  const group = conversation.kind !== "direct"
  return { tick, readers: group ? conversation.readers(message).map((id) => conversation.nameOf(id) ?? "").join("\n") : "" }
}

// A draft is another object each time it is shown, and the same draft all the same.
function isSame(one, other) {
  if (!one) return false
  if (other.message.draft ? one.message.draft !== other.message.draft : one.message !== other.message) return false
  return Object.keys(other).every((key) => key === "message" || one[key] === other[key])
}

function show(element, { message, date, joined, answered }, conversation, { own, name, tick, readers }) {
  element.classList.toggle("own", own)
  element.classList.toggle("system", message.sender === null)
  element.classList.toggle("joined", joined)
  element.classList.toggle("recalled", Boolean(message.recalled_at))
  showSender(element.querySelector(".who"), conversation, message, { own, name })
  showAnswered(element.querySelector(".answered"), conversation, message, answered)
  element.classList.toggle("mentions-me", conversation.mentionsMe(message))
  showAttachments(element.querySelector(".attachments"), message)
  element.querySelector(".body").hidden = isWordless(message)
  showBody(element.querySelector(".body"), conversation, message, element)
  showFold(element, message)
  element.querySelector(".edited").hidden = !message.edited_at || Boolean(message.recalled_at)
  showTime(element.querySelector("time"), message.created_at, date)
  showTick(element.querySelector(".tick"), tick, readers)
  showFailure(element, message.draft)
  element.querySelector(".do").hidden = Boolean(message.draft || message.recalled_at || message.sender === null)
}

function showFold(element, message) {
  const button = element.querySelector(".fold")
  button.hidden = !isFoldable(message)
  if (button.hidden) return
  button.setAttribute("aria-expanded", String(Boolean(element.unfolded)))
  setText(button, element.unfolded ? gettext("Show less") : gettext("Show more"))
}

function showSender(element, conversation, { sender }, { own, name }) {
  setText(element.firstElementChild, sender === null ? "" : name ?? gettext("Somebody"))
  element.classList.toggle("hidden-text", own || conversation.kind === "direct")
}

// What a message answers: as it is now, or that it is not known yet.
function showAnswered(element, conversation, { reply_to, recalled_at }, answered) {
  element.hidden = !reply_to || Boolean(recalled_at)
  if (element.hidden) return
  element.disabled = !answered
  setQuote(element, conversation, answered)
}

// `named`: with who said it.
export function setQuote(element, conversation, answered, { named = true } = {}) {
  const name = named && answered && conversation.nameOf(answered.sender)
  const words = answered ? oneLine(messageText(conversation, answered)) : gettext("In answer to an earlier message")
  if (name) setSentence(element, (value) => gettext("{name}: {text}", { name: value(name), text: value(words) }))
  else setText(element, words)
}

const oneLine = (words) => words.replace(/\s+/gu, " ").slice(0, 300)

function showTime(element, moment, date) {
  element.dateTime = moment
  element.title = fullTime(date)
  setText(element, clockTime(date))
}

function showTick(element, tick, readers) {
  element.hidden = !tick || tick === "failed"
  if (element.hidden) return
  element.dataset.tick = tick
  element.title = readers ? gettext("Read by {names}", { names: shortList(readers.split("\n")) }) : tickName(tick)
  element.querySelector("use").setAttribute("href", `#icon-${tick === "read" ? "sent" : tick}`)
  setText(element.querySelector(".hidden-text"), tickName(tick))
}

const shortList = (people) => list(people.length > READERS ? [...people.slice(0, READERS), "…"] : people)

export function tickName(tick) {
  switch (tick) {
    case "stored": return pgettext("tick", "Sent")
    case "sent": return pgettext("tick", "Delivered")
    case "read": return pgettext("tick", "Read")
    default: return pgettext("tick", "Waiting to be sent")
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
    case "files": return gettext("Not sent: a file could not be uploaded.")
    default: return gettext("Not sent.")
  }
}

export function whyNotChanged({ code }) {
  return code === "forbidden" ? gettext("It is too late to change this message.") : gettext("That did not work. Try again.")
}
