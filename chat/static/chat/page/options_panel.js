// A dialog about this browser alone: its colours, sound, notifications, and keys.
export class OptionsPanel {
  #dialog = document.querySelector("#browser-options")
  #preferences

  // `changed(name)` is told what was chosen
  constructor({ preferences, changed }) {
    this.#preferences = preferences
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close())
    this.#dialog.addEventListener("change", ({ target }) => {
      preferences.set(target.name, target.type === "checkbox" ? (target.checked ? "on" : "off") : target.value)
      if (target.name === "theme") showTheme(target.value)
      changed(target.name)
    })
  }

  open() {
    this.show()
    this.#dialog.showModal()
  }

  show() {
    for (const input of this.#dialog.querySelectorAll("input")) {
      const value = this.#preferences.get(input.name)
      input.checked = input.type === "checkbox" ? value === "on" : value === input.value
    }
  }
}

function showTheme(theme) {
  const { dataset } = document.documentElement
  if (theme === "system") delete dataset.theme
  else dataset.theme = theme
}
