// Asks whether to notify on the desktop, once there was something to notify of; and the switch for it among the options.
export class DesktopOffer {
  #offer = document.querySelector("#desktop-offer")
  #switch = document.querySelector("#browser-options [name=desktop]")
  #denied = document.querySelector("#desktop-denied")
  #desktop
  #preferences
  #caller

  constructor({ desktop, preferences, caller }) {
    this.#desktop = desktop
    this.#preferences = preferences
    this.#caller = caller
    this.#offer.querySelector(".yes").addEventListener("click", () => this.#turn(true))
    this.#offer.querySelector(".no").addEventListener("click", () => this.#turn(false))
    this.#switch.closest("p").hidden = desktop.state === "absent"
  }

  show() { this.#offer.hidden = !this.#caller.wanted }

  // Switched among the options.
  async changed() {
    if (this.#preferences.get("desktop") === "on") await this.#turn(true)
  }

  async #turn(on) {
    this.#caller.wanted = false
    const granted = on && await this.#desktop.ask()
    this.#preferences.set("desktop", granted ? "on" : "off")
    this.#switch.checked = granted
    this.#denied.hidden = !on || granted
    this.show()
  }
}
