import { gettext } from "./i18n.js"
import { systemSentence } from "./system_sentence.js"

// What is shown of a message, wherever it is shown.
export function messageText(conversation, message) {
  if (message.recalled_at) return gettext("This message was recalled.")
  if (message.kind !== "system") return message.body
  return systemSentence(message, (id) => conversation.nameOf(id))
}
