import { gettext } from "./i18n.js"
import { Push } from "./push.js"
import { get, send } from "./rest.js"

const PATIENCE = 2_000 // ms that signing out waits for it

// The button that turns reminders on this device on and off. Whoever signs out is reminded here no more.
export class PushSwitch {
  #push
  #button = document.querySelector("#push-switch")

  constructor({ url, worker, me }) {
    const { navigator: { serviceWorker }, PushManager, Notification } = window
    this.#push = new Push({ url, worker, me, rest: { get, send }, browser: { serviceWorker, PushManager, Notification } })
    this.#button.addEventListener("click", () => this.#clicked())
  }

  async load() {
    try {
      await this.#push.load()
    } catch { /* as it was: the next page asks again */ }
    this.#show()
  }

  // Before one signs out: what the server is told about it wants a session.
  async leave() {
    if (this.#push.state !== "on") return
    const off = this.#push.turnOff().catch(() => {})
    await Promise.race([off, new Promise((resolve) => setTimeout(resolve, PATIENCE))])
  }

  async #clicked() {
    this.#button.disabled = true
    try {
      await (this.#push.state === "on" ? this.#push.turnOff() : this.#push.turnOn())
    } catch {
      await this.#push.load().catch(() => {})
    }
    this.#button.disabled = false
    this.#show()
    this.#button.focus()
  }

  #show() {
    const { state } = this.#push
    this.#button.hidden = state === "absent"
    this.#button.textContent = label(state)
    this.#button.setAttribute("aria-pressed", String(state === "on"))
  }
}

function label(state) {
  if (state === "on") return gettext("Remind me on this device no more")
  return state === "denied" ? gettext("This browser forbids reminders here; try again") : gettext("Remind me on this device")
}
