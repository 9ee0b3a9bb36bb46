import { setText } from "./dom.js"
import { gettext } from "./i18n.js"

// Pictures as large as the window lets them be: one after the other, those of the conversation that is open.
export class Viewer {
  #dialog = document.querySelector("#viewer")
  #image = this.#dialog.querySelector("img")
  #pictures = []
  #place = 0

  constructor() {
    document.querySelector("#messages").addEventListener("click", (event) => this.#clicked(event))
    this.#dialog.querySelector(".previous").addEventListener("click", () => this.#step(-1))
    this.#dialog.querySelector(".next").addEventListener("click", () => this.#step(1))
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close())
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event))
    this.#dialog.addEventListener("click", ({ target }) => { if (target.matches("dialog, figure")) this.#dialog.close() })
    this.#dialog.addEventListener("close", () => { this.#image.removeAttribute("src"); this.#pictures = [] })
    this.#image.addEventListener("load", () => this.#dialog.classList.remove("loading", "broken"))
    this.#image.addEventListener("error", () => this.#dialog.classList.replace("loading", "broken"))
  }

  // With another key held it is an ordinary link: a tab of its own, a download.
  #clicked(event) {
    const link = event.target.closest(".picture")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    const links = Array.from(document.querySelectorAll("#messages .picture"))
    this.#pictures = links.map(({ attachment }) => attachment)
    this.#dialog.showModal()
    this.#show(links.indexOf(link))
  }

  #pressed(event) {
    const right = getComputedStyle(this.#dialog).direction === "rtl" ? -1 : 1
    const step = { ArrowLeft: -right, ArrowRight: right, Home: -Infinity, End: Infinity }[event.key]
    if (!step) return
    event.preventDefault()
    this.#step(step)
  }

  #step(by) { this.#show(Math.max(0, Math.min(this.#pictures.length - 1, this.#place + by))) }

  #show(place) {
    this.#place = place
    const { name, width, height, address } = this.#pictures[place]
    const [previous, next] = [".previous", ".next"].map((name) => this.#dialog.querySelector(name))
    if (this.#image.getAttribute("src") !== address) {
      this.#dialog.classList.remove("broken")
      this.#dialog.classList.add("loading")
      this.#image.width = width
      this.#image.height = height
      this.#image.src = address
      this.#image.alt = gettext("Picture: {name}", { name })
    }
    const save = this.#dialog.querySelector(".save")
    save.href = address
    save.download = name
    setText(this.#dialog.querySelector("figcaption"), name)
    previous.disabled = place === 0
    next.disabled = place === this.#pictures.length - 1
  }
}
