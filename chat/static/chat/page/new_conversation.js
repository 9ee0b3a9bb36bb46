import { setText } from "./dom.js"
import { gettext } from "./i18n.js"
import { PeoplePicker } from "./people_picker.js"
import { refusal } from "./refusals.js"

// A dialog: one person is a direct conversation, several and a title are a group.
export class NewConversation {
  #dialog = document.querySelector("#new-conversation-dialog")
  #form = this.#dialog.querySelector("form")
  #title = this.#dialog.querySelector("#new-title")
  #submit = this.#dialog.querySelector("[type=submit]")
  #problem = this.#dialog.querySelector(".problem")
  #picker
  #start
  #opened

  // `start({ to } or { title, members })` is a promise of the conversation, which `opened` gets
  constructor({ find, start, opened }) {
    this.#start = start
    this.#opened = opened
    const root = this.#dialog.querySelector(".picker")
    this.#picker = new PeoplePicker({ root, id: "new-people", label: gettext("With whom?"), find, changed: () => this.#show() })
    this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.#begin() })
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close())
    this.#title.addEventListener("input", () => this.#say(""))
  }

  open() {
    this.#title.value = ""
    this.#say("")
    this.#picker.reset()
    this.#dialog.showModal()
    this.#picker.focus()
  }

  get #several() { return this.#picker.chosen.size > 1 }

  #show() {
    this.#dialog.querySelector(".for-groups").hidden = !this.#several
    setText(this.#submit, this.#several ? gettext("Make the group") : gettext("Start the conversation"))
    this.#say("")
  }

  async #begin() {
    const people = [...this.#picker.chosen.keys()]
    const title = this.#title.value.trim()
    if (!people.length) return this.#say(gettext("Choose somebody first."))
    if (this.#several && !title) {
      this.#say(gettext("A group needs a title."))
      return this.#title.focus()
    }
    this.#submit.disabled = true
    try {
      const conversation = await this.#start(this.#several ? { title, members: people } : { to: people[0] })
      this.#dialog.close()
      this.#opened(conversation)
    } catch (error) {
      this.#say(refusal(error))
    } finally {
      this.#submit.disabled = false
    }
  }

  #say(problem) {
    this.#problem.hidden = !problem
    setText(this.#problem, problem)
  }
}
