import { Chat } from "./chat.js"
import { PushSwitch } from "./push_switch.js"

const { me, socket, meUrl, conversationsUrl, inboxUrl, notificationsUrl, uploadsUrl, pushUrl, pushWorker } = document.body.dataset
const address = new URL(socket, location.href)
address.protocol = address.protocol.replace("http", "ws")

const chat = new Chat({
  me: Number(me),
  socket: address.href,
  urls: { me: meUrl, conversations: conversationsUrl, inbox: inboxUrl, notifications: notificationsUrl, uploads: uploadsUrl },
  storage: storage(),
})

new PushSwitch({ url: pushUrl, worker: pushWorker }).load()

// The address says which conversation is open, so that Back goes back.
function follow() {
  const [, id] = location.hash.match(/^#c(\d+)$/) ?? []
  chat.choose(id ? Number(id) : null, { write: matchMedia("(hover: hover)").matches }) // no keyboard pops up unasked
}

window.addEventListener("hashchange", follow)
follow()

for (const event of ["focus", "online", "offline", "pageshow"]) window.addEventListener(event, () => chat.looked())
document.addEventListener("visibilitychange", () => chat.looked())
window.addEventListener("beforeunload", (event) => {
  if (!chat.client.outbox.persistent && chat.client.outbox.all().length) event.preventDefault()
})
document.querySelector("#more-conversations").addEventListener("click", () => chat.library.loadMore())
document.querySelector("#skip").addEventListener("click", (event) => {
  event.preventDefault() // the address is the conversation's
  chat.composer.focus()
})
document.querySelector("form.language")?.addEventListener("submit", ({ target }) => {
  target.elements.next.value = location.pathname + location.hash // in another language, the same conversation
})
setInterval(() => chat.draw(), 60_000) // "today" does not stay so

// Where it is forbidden, what was written lives as long as the page.
function storage() {
  try {
    return window.localStorage
  } catch {
    return {}
  }
}
