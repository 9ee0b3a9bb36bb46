import { showAvatar } from "./avatar.js"
import { clone, setText, sync } from "./dom.js"
import { gettext, ngettext } from "./i18n.js"
import { Menu } from "./menu.js"
import { messageText } from "./message_text.js"
import { presenceWords } from "./presence_words.js"
import { fullTime, shortTime, timeKey } from "./times.js"

// The list of conversations, in the order of the state, each with a menu of what one may do with it.
export class ConversationList {
  #list = document.querySelector("#conversations")
  #empty = document.querySelector("#no-conversations")
  #more = document.querySelector("#more-conversations")
  #menu
  #about = null // the id of the conversation that the menu is about

  // `act(action, conversation id)`: pin, unpin, mute, unmute, read, details
  constructor({ act }) {
    this.#menu = new Menu(document.querySelector("#conversation-menu"), (action) => act(action, this.#about.id))
    this.#list.addEventListener("click", ({ target }) => this.#openMenu(target.closest(".actions")))
    this.#list.addEventListener("contextmenu", (event) => this.#asked(event))
  }

  // The one that is named, or the first.
  focus(id) { (this.#list.querySelector(`a[href="#c${id}"]`) ?? this.#list.querySelector("a"))?.focus() }

  show({ conversations, chosen, outbox, unfinished, presence, loaded, hasMore }) {
    this.#more.hidden = !hasMore
    sync(this.#list, conversations, {
      key: ({ id }) => id,
      create: () => clone("conversation-template"),
      update: (element, conversation) => show(element, conversation, {
        chosen,
        waiting: outbox.of(conversation.id).at(-1),
        draft: conversation === chosen ? "" : unfinished(conversation.id).trim(),
        presence: presence(conversation.other),
      }),
    })
    this.#empty.hidden = !loaded || conversations.length > 0
  }

  // The right button, a long touch, or the keyboard's key for it.
  #asked(event) {
    const item = event.target.closest("li")
    if (!item) return
    event.preventDefault()
    this.#openMenu(item.querySelector(".actions"), item.querySelector("a"))
  }

  #openMenu(button, back = button) {
    if (!button) return
    this.#about = button.closest("li").conversation
    this.#menu.open({ items: actions(this.#about), beside: button.getBoundingClientRect(), back })
  }
}

function actions({ pinned, muted, unread, out, kind }) {
  if (out) return []
  const found = [pinned ? "unpin" : "pin", muted ? "unmute" : "mute"]
  if (unread) found.push("read")
  if (kind === "group") found.push("details")
  return found
}

function show(element, conversation, { chosen, waiting, draft, presence }) {
  const { id, name, unread, unreadSaid, muted, pinned, mentioned, out, lastMessage } = conversation
  const link = element.querySelector("a")
  element.conversation = conversation
  link.href = `#c${id}`
  if (conversation === chosen) link.setAttribute("aria-current", "page")
  else link.removeAttribute("aria-current")
  link.classList.toggle("unread", unread > 0)
  link.classList.toggle("muted", muted)
  link.querySelector(".mute").toggleAttribute("hidden", !muted)
  link.querySelector(".pin").toggleAttribute("hidden", !pinned)
  showAvatar(link.querySelector(".avatar"), conversation.face)
  showPresence(link.querySelector(".presence"), presence)
  setText(link.querySelector(".name"), name)
  link.querySelector(".last").classList.toggle("draft", Boolean(draft) && !waiting)
  showLine(link.querySelector(".last"), lastLine(conversation, waiting, draft))
  showTime(link.querySelector("time"), lastMessage?.created_at)
  showMentioned(link.querySelector(".mentioned"), mentioned)
  showBadge(link.querySelector(".badge"), unread, unreadSaid)
  const button = element.querySelector(".actions")
  button.hidden = out
  setText(button.querySelector(".hidden-text"), gettext("What to do with {name}", { name }))
}

function showPresence(element, presence) {
  element.dataset.presence = presence?.state ?? "unknown"
  setText(element.querySelector(".hidden-text"), presence?.state === "offline" ? "" : presenceWords(presence))
}

function showMentioned(sign, mentioned) {
  sign.hidden = !mentioned
  const words = ngettext("{count} message mentions you", "{count} messages mention you", mentioned)
  setText(sign.querySelector(".hidden-text"), words)
}

// What people said is counted. Where only the system said something, there is a dot.
function showBadge(badge, unread, said) {
  badge.hidden = unread === 0
  badge.classList.toggle("only-system", said === 0)
  setText(badge.querySelector(".count"), said === 0 ? "" : said > 999 ? "999+" : String(said))
  setText(badge.querySelector(".hidden-text"), said === 0 ? gettext("The group was changed") : gettext("unread"))
}

function showTime(element, moment) {
  element.hidden = !moment
  if (!moment || element.written === timeKey(moment)) return
  const date = new Date(moment)
  element.dateTime = moment
  element.written = timeKey(moment)
  element.title = fullTime(date)
  setText(element, shortTime(date))
}

// What goes before is isolated, so that the text alone says in which direction the line runs.
function showLine(element, [by, text]) {
  const name = by.trimEnd(), gap = by.slice(name.length) // which would be at the wrong end of what is isolated
  setText(element.querySelector(".by"), name)
  setText(element.querySelector(".text"), gap + text)
}

// Who said it or what it is, and the text.
function lastLine(conversation, waiting, draft) {
  if (waiting) return [gettext("Not sent yet: {text}", { text: "" }), waiting.body]
  if (draft) return [gettext("Draft: {text}", { text: "" }), draft]
  const message = conversation.lastMessage
  if (!message) return ["", ""]
  const words = messageText(conversation, message)
  if (message.recalled_at) return ["", words]
  if (message.sender === conversation.me) return [gettext("You: {text}", { text: "" }), words]
  const name = conversation.kind !== "direct" && conversation.nameOf(message.sender)
  return name ? [gettext("{name}: {text}", { name, text: "" }), words] : ["", words]
}
