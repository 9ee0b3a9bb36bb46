// Where one writes. What is not sent yet stays with its conversation.
export class Composer {
  #form = document.querySelector("#composer")
  #words = document.querySelector("#words")
  #unfinished = new Map() // conversation id → text
  #conversation = null

  // `send(conversation, draft)`; `hasFiles()`: whether something goes along that needs no words
  constructor({ send, hasFiles }) {
    this.hasFiles = hasFiles
    this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(send) })
    this.#words.addEventListener("keydown", (event) => this.#pressed(event))
    this.#words.addEventListener("input", () => this.#fit())
  }

  turnTo(conversation) {
    if (conversation === this.#conversation) return
    if (this.#conversation !== null) this.#unfinished.set(this.#conversation, this.#words.value)
    this.#conversation = conversation
    this.#words.value = this.#unfinished.get(conversation) ?? ""
    this.#fit()
  }

  focus() { this.#words.focus() }

  // Enter sends, Shift+Enter begins a line. While an input method composes, Enter is its own.
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    this.#form.requestSubmit()
  }

  #submit(send) {
    const body = this.#words.value.trim()
    if ((!body && !this.hasFiles()) || this.#conversation === null) return
    this.#words.value = ""
    this.#fit()
    send(this.#conversation, { body })
  }

  // As high as its text, where the stylesheet's `field-sizing` does not do it already.
  #fit() {
    if (CSS.supports("field-sizing", "content")) return
    this.#words.style.height = "auto"
    this.#words.style.height = `${this.#words.scrollHeight + 2}px` // and its border
  }
}
