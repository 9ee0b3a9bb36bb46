import { setText } from "./dom.js"
import { whyNotChanged } from "./message_element.js"

// Asks before a message is recalled: that is for good, and for everybody.
export class RecallDialog {
  #dialog = document.querySelector("#recall-dialog")
  #problem = this.#dialog.querySelector(".problem")
  #yes = this.#dialog.querySelector(".yes")
  #message = null
  #closed

  // `recall(message)` does it; what it throws is told.
  constructor({ recall }) {
    this.#dialog.querySelector(".no").addEventListener("click", () => this.#dialog.close())
    this.#yes.addEventListener("click", () => this.#do(recall))
    this.#dialog.addEventListener("close", () => this.#closed())
  }

  // `closed()` is called at the end, whatever was decided.
  ask(message, { closed = () => {} } = {}) {
    this.#message = message
    this.#closed = closed
    this.#problem.hidden = true
    this.#yes.disabled = false
    this.#dialog.showModal()
  }

  async #do(recall) {
    this.#yes.disabled = true
    try {
      await recall(this.#message)
      this.#dialog.close()
    } catch (error) {
      this.#problem.hidden = false
      setText(this.#problem, whyNotChanged(error))
      this.#yes.disabled = false
    }
  }
}
