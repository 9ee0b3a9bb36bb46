import { has, text } from "./strings.js"
import { systemSentence } from "./system_sentence.js"

const names = new Intl.ListFormat(document.documentElement.lang)

// What is shown of a message, wherever it is shown.
export function messageText(conversation, message) {
  if (message.recalled_at) return text("recalled")
  if (message.kind !== "system") return message.body
  return systemSentence(message, { nameOf: (id) => conversation.nameOf(id), has, text, list: (people) => names.format(people) })
}
