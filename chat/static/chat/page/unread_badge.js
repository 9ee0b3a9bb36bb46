// How much waits, where it is seen while the page is not: in the title, the favicon, and on an installed app's icon.
export class UnreadBadge {
  #icon = document.querySelector("link[rel=icon]")
  #plain = this.#icon.getAttribute("href")
  #shown = null

  show(unread, name) {
    document.title = [unread ? `(${unread}) ` : "", name ? `${name} · ` : "", "imsite"].join("")
    if (unread === this.#shown) return
    this.#shown = unread
    this.#icon.href = unread ? this.#icon.dataset.unread : this.#plain
    navigator.setAppBadge?.(unread).catch(() => {}) // where it is not installed
  }
}
