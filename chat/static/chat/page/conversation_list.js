import { showAvatar } from "./avatar.js"
import { clone, setText, sync } from "./dom.js"
import { gettext } from "./i18n.js"
import { messageText } from "./message_text.js"
import { fullTime, shortTime } from "./times.js"

// The list of conversations, in the order of the state.
export class ConversationList {
  #list = document.querySelector("#conversations")
  #empty = document.querySelector("#no-conversations")
  #more = document.querySelector("#more-conversations")

  show({ conversations, chosen, outbox, loaded, hasMore }) {
    this.#more.hidden = !hasMore
    sync(this.#list, conversations, {
      key: ({ id }) => id,
      create: () => clone("conversation-template"),
      update: (element, conversation) => show(element, conversation, chosen, outbox.of(conversation.id).at(-1)),
    })
    this.#empty.hidden = !loaded || conversations.length > 0
  }
}

function show(element, conversation, chosen, draft) {
  const link = element.querySelector("a")
  link.href = `#c${conversation.id}`
  if (conversation === chosen) link.setAttribute("aria-current", "page")
  else link.removeAttribute("aria-current")
  link.classList.toggle("unread", conversation.unread > 0)
  link.classList.toggle("muted", conversation.muted)
  link.querySelector(".mute").toggleAttribute("hidden", !conversation.muted)
  showAvatar(link.querySelector(".avatar"), conversation.name, conversation.id, conversation.picture)
  setText(link.querySelector(".name"), conversation.name)
  setText(link.querySelector(".last"), draft ? gettext("Not sent yet: {text}", { text: draft.body }) : lastLine(conversation))
  showTime(link.querySelector("time"), conversation.lastMessage?.created_at)
  link.querySelector(".badge").hidden = conversation.unread === 0
  setText(link.querySelector(".count"), conversation.unread > 999 ? "999+" : String(conversation.unread))
}

function showTime(element, moment) {
  element.hidden = !moment
  if (!moment || element.dateTime === moment && element.day === new Date().getDate()) return
  const date = new Date(moment)
  element.dateTime = moment
  element.day = new Date().getDate()
  element.title = fullTime(date)
  setText(element, shortTime(date))
}

function lastLine(conversation) {
  const message = conversation.lastMessage
  if (!message) return ""
  const words = messageText(conversation, message)
  if (message.recalled_at) return words
  if (message.sender === conversation.me) return gettext("You: {text}", { text: words })
  const name = conversation.kind !== "direct" && conversation.nameOf(message.sender)
  return name ? gettext("{name}: {text}", { name, text: words }) : words
}
