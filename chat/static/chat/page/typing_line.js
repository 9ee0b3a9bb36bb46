import { setText } from "./dom.js"
import { gettext, ngettext } from "./i18n.js"
import { setSentence } from "./sentence.js"
import { Typists } from "./typists.js"

// Who is typing in the conversation that is open. Not told to screen readers: it would talk without end.
export class TypingLine {
  #line = document.querySelector("#typing")
  #typists = new Typists()
  #me
  #changed
  #timer = null

  constructor({ me, changed }) {
    this.#me = me
    this.#changed = changed
  }

  heard(hint) {
    if (hint.user === this.#me) return
    this.#typists.heard(hint)
    this.#later()
  }

  said(message) { this.#typists.said(message) }

  show(conversation) {
    const users = this.#typists.in(conversation.id)
    const names = users.map((id) => conversation.nameOf(id)).filter(Boolean)
    if (!names.length) setText(this.#line, "")
    else if (names.length > 2) setText(this.#line, several(names.length))
    else setSentence(this.#line, (value) => sentence(names.map(value)))
  }

  // A hint is over by itself.
  #later() {
    if (this.#timer !== null || this.#typists.next === null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#changed()
      this.#later()
    }, this.#typists.next + 10)
  }
}

const several = (count) => ngettext("{count} person is typing…", "{count} people are typing…", count)

function sentence([name, other]) {
  return other ? gettext("{name} and {other} are typing…", { name, other }) : gettext("{name} is typing…", { name })
}
