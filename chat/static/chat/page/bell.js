import { announce } from "./announcer.js"
import { clone, setText, sync } from "./dom.js"
import { gettext } from "./i18n.js"
import { Notifications, destination } from "./notifications.js"
import { get } from "./rest.js"
import { fullTime, shortTime } from "./times.js"

const PAGE = 20 // notifications that one look fetches

// The bell with the count of what is not read, and the list behind it.
export class Bell {
  #url
  #mark
  #changed
  #notifications = new Notifications()
  #asking = null // the last of the questions how it is now, while it has no answer
  #button = document.querySelector("#bell")
  #panel = document.querySelector("#notifications-panel")
  #list = document.querySelector("#notifications")
  #more = document.querySelector("#more-notifications")
  #readAll = document.querySelector("#read-all")

  // `mark({ ids, upTo })` tells the server what was read.
  constructor({ url, mark, changed }) {
    this.#url = url
    this.#mark = mark
    this.#changed = changed
    this.#button.addEventListener("click", () => this.#open(this.#panel.hidden))
    this.#panel.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#open(false) })
    this.#button.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#open(false) })
    this.#more.addEventListener("click", () => this.#loadMore())
    this.#readAll.addEventListener("click", () => this.#readThem({ upTo: this.#notifications.newest }))
    this.#list.addEventListener("click", (event) => this.#clicked(event.target))
  }

  toggle() { this.#open(this.#panel.hidden) }

  open() { this.#open(true) }

  async load() { this.#notifications.replace(await get(this.#url, { limit: PAGE })) }

  // As it is now; what could not be had, the next connection asks for. Of several answers the one that was asked for last
  // counts, since an earlier one may come later.
  async refresh() {
    const asking = this.#asking = {}
    try {
      const answer = await get(this.#url, { limit: PAGE })
      if (asking !== this.#asking) return
      this.#notifications.refresh(answer)
      this.#changed()
    } catch { /* as it was */ } finally {
      if (asking === this.#asking) this.#asking = null
    }
  }

  // A notification arrived.
  heard(event) {
    if (!this.#notifications.add(event)) return
    const { title } = event.message.data
    announce(gettext("Notification: {title}", { title }))
  }

  // One of our devices has read some. Where we count otherwise than the server, something is on its way; and what we asked
  // for may be from before.
  read(hint) {
    if (!this.#notifications.read(hint) || this.#asking) this.refresh()
  }

  show() {
    const { unread, next } = this.#notifications
    const all = this.#notifications.sorted()
    const badge = this.#button.querySelector(".badge")
    badge.hidden = unread === 0
    setText(badge.querySelector(".count"), unread > 999 ? "999+" : String(unread))
    this.#readAll.hidden = unread === 0
    this.#more.hidden = next === null
    document.querySelector("#no-notifications").hidden = all.length > 0
    sync(this.#list, all, { key: ({ id }) => id, create: () => clone("notification-template"), update: fill })
  }

  #open(open) {
    if (open === !this.#panel.hidden) return
    this.#panel.hidden = !open
    this.#button.setAttribute("aria-expanded", String(open))
    ;(open ? this.#panel : this.#button).focus()
  }

  async #loadMore() {
    try {
      this.#notifications.more(await get(this.#url, { limit: PAGE, cursor: this.#notifications.next }))
      this.#changed()
    } catch {
      // The button stays where it is; why nothing comes, the status line says.
    }
  }

  #clicked(target) {
    const item = target.closest(".mark, a") && target.closest("li")
    if (!item?.classList.contains("unread")) return
    const ids = [Number(item.dataset.id)]
    if (target.closest(".mark")) this.#readThem({ ids })
    else this.#read({ ids })
  }

  // By a button that goes with it: the focus must not.
  #readThem(which) {
    this.#read(which)
    this.#panel.focus()
  }

  #read({ ids = [], upTo = 0 }) {
    this.#notifications.read({ ids, up_to: upTo })
    this.#mark({ ids, upTo })
    this.#changed()
  }
}

function fill(element, { id, title, body, url, level, created_at, read_at }) {
  element.dataset.id = id
  element.dataset.level = level
  element.classList.toggle("unread", !read_at)
  setText(element.querySelector(".level"), levelName(level))
  setText(element.querySelector(".title"), title)
  setText(element.querySelector(".body"), body)
  element.querySelector(".body").hidden = !body
  element.querySelector(".state").hidden = Boolean(read_at)
  element.querySelector(".mark").hidden = Boolean(read_at)
  lead(element.querySelector("a"), url)
  const time = element.querySelector("time"), date = new Date(created_at)
  time.dateTime = created_at
  time.title = fullTime(date)
  setText(time, shortTime(date))
}

function levelName(level) {
  switch (level) {
    case "success": return gettext("Success")
    case "warning": return gettext("Warning")
    case "error": return gettext("Error")
    case "urgent": return gettext("Urgent")
    default: return gettext("Information")
  }
}

function lead(link, url) {
  const to = destination(url, location.href)
  if (!to) return link.removeAttribute("href")
  link.href = to.href
  link.rel = "noopener noreferrer"
  if (to.origin !== location.origin) link.target = "_blank"
}
