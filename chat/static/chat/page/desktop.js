// Notifications of the desktop, as far as the browser and the person let them. Knows no `document`.
//
// `window` is what a window has of it: Notification (may be missing), focus().
export class Desktop {
  #window

  constructor(window) { this.#window = window }

  // absent | unasked | granted | denied
  get state() {
    const { Notification } = this.#window
    if (!Notification) return "absent"
    return Notification.permission === "default" ? "unasked" : Notification.permission
  }

  // Only by a click: browsers say no by themselves to whoever asks unasked.
  async ask() {
    if (this.state === "unasked") await this.#window.Notification.requestPermission()
    return this.state === "granted"
  }

  // One per `tag`: a newer one takes the place of the older. A click on it leads there.
  show({ title, body, tag, open }) {
    if (this.state !== "granted") return
    try {
      const shown = new this.#window.Notification(title, { body, tag, silent: true })
      shown.onclick = () => {
        this.#window.focus()
        open()
        shown.close()
      }
    } catch {
      // A phone's browser shows none from a page; there are reminders by push for that.
    }
  }
}
