import { Chat } from "./chat.js"
import { storage } from "./device.js"
import { Later } from "./later.js"
import { takeLeave } from "./sign_out.js"
import { useTimeZone } from "./times.js"
import { askBeforeLeaving } from "./unload.js"

const { me, socket, editSeconds, ...addresses } = document.body.dataset
const { meUrl, usersUrl, conversationsUrl, messagesUrl, inboxUrl, notificationsUrl, uploadsUrl } = addresses
const { pushUrl, pushWorker, shellWorker, fileBytes, fileTypes, timeZone } = addresses
const address = new URL(socket, location.href)
address.protocol = address.protocol.replace("http", "ws")

useTimeZone(timeZone)

const chat = new Chat({
  me: Number(me),
  socket: address.href,
  urls: {
    me: meUrl,
    users: usersUrl,
    messages: messagesUrl,
    conversations: conversationsUrl,
    inbox: inboxUrl,
    notifications: notificationsUrl,
    uploads: uploadsUrl,
  },
  storage: storage(),
  editSeconds: Number(editSeconds),
  fileLimits: { bytes: Number(fileBytes), types: fileTypes },
})

const pushSwitch = new Later(async () => {
  const { PushSwitch } = await import("./push_switch.js")
  return new PushSwitch({ url: pushUrl, worker: pushWorker, me })
}, { changed: () => chat.draw() })
takeLeave({
  user: Number(me),
  storage: storage(),
  waiting: () => chat.unsent,
  before: () => pushSwitch.made?.leave(),
  stop: () => { chat.client.stop(); chat.kept.stop() },
})
// The settings, in another tab of this browser.
new BroadcastChannel("imsite.time_zone").onmessage = ({ data }) => chat.moveTo(data)

// Not before the page is there: the first look is worth more than the next one.
const idle = window.requestIdleCallback ?? setTimeout
window.addEventListener("load", () => navigator.serviceWorker?.register(shellWorker).catch(() => {})) // forbidden
chat.settled.then(() => idle(async () => (await pushSwitch.getOrNull())?.load()))

// The address says which conversation is open, so that Back goes back: #c5, or #c5/120 for a message of it.
function follow() {
  const [, id, number] = location.hash.match(/^#c(\d+)(?:\/(\d+))?$/) ?? []
  const write = matchMedia("(hover: hover)").matches // no keyboard pops up unasked
  chat.choose(id ? Number(id) : null, { write, number: number ? Number(number) : null })
}

window.addEventListener("hashchange", follow)
follow()

// The address does not change where one goes by the same link again, and one may have gone elsewhere meanwhile.
document.addEventListener("click", ({ target, button, ctrlKey, metaKey, shiftKey }) => {
  const link = target.closest?.("a[href]")
  if (link?.hash && link.href === location.href && !(button || ctrlKey || metaKey || shiftKey || link.target)) follow()
})

// A file that is dropped beside the conversation would be opened in place of the page.
function refuse(event) {
  if (event.defaultPrevented || !event.dataTransfer.types.includes("Files")) return
  event.preventDefault()
  event.dataTransfer.dropEffect = "none"
}

for (const event of ["dragover", "drop"]) window.addEventListener(event, refuse)

for (const event of ["focus", "online", "offline", "pageshow"]) window.addEventListener(event, () => chat.looked())
window.addEventListener("blur", () => chat.lookedAway())
document.addEventListener("visibilitychange", () => chat.looked())
navigator.connection?.addEventListener("change", () => chat.client.wake()) // another network
askBeforeLeaving(() => !chat.client.outbox.persistent && chat.client.outbox.all().length > 0)
for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"]) {
  window.addEventListener(event, () => chat.idle.seen(), { passive: true, capture: true })
}
document.querySelector("#skip-to-search").addEventListener("click", (event) => {
  event.preventDefault()
  chat.left.goToSearch()
})
document.querySelector("#skip").addEventListener("click", (event) => {
  event.preventDefault() // the address is the conversation's
  chat.focus()
})
document.querySelector("form.language")?.addEventListener("submit", ({ target }) => {
  target.elements.next.value = location.pathname + location.hash // in another language, the same conversation
})
