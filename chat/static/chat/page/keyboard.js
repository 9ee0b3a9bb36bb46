import { actionOf } from "./shortcuts.js"

const TEXTS = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])"

// The shortcuts of the page, and the sheet that names them.
export class Keyboard {
  #sheet = document.querySelector("#shortcuts")

  // `act(action)`: see shortcuts.js; `single()` whether single letters are on
  constructor({ act, single }) {
    document.querySelector("#open-shortcuts").addEventListener("click", () => this.#sheet.showModal())
    this.#sheet.querySelector(".close").addEventListener("click", () => this.#sheet.close())
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return
      const action = actionOf(event, { writing: event.target.matches?.(TEXTS) ?? false, single: single() })
      if (!action) return
      event.preventDefault()
      if (action === "help") this.#sheet.showModal()
      else act(action)
    })
  }
}
