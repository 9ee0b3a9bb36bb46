import { Conversation } from "./conversation.js"
import { People } from "./people.js"

// All conversations that the page knows. Knows no `document`.
export class State {
  people = new People()
  #conversations = new Map()

  constructor(me) { this.me = me }

  get(id) { return this.#conversations.get(id) }

  // Start afresh from what the REST API answered.
  replace(summaries) {
    this.#conversations.clear()
    for (const summary of summaries) this.put(summary)
  }

  // A conversation that was not known yet; of one that is known, its people are as they are told now.
  put(summary) {
    const known = this.#conversations.get(summary.id)
    if (known) {
      known.meetAll(summary)
      known.opened ||= summary.opened
      return known
    }
    const conversation = new Conversation(summary, this.me, this.people)
    this.#conversations.set(conversation.id, conversation)
    return conversation
  }

  // What is pinned, then newest activity first. What one is out of or what is not begun is not among them, except for the one that is open.
  sorted(open) {
    const newestFirst = (one, other) =>
      other.pinned - one.pinned || (one.activity < other.activity ? 1 : one.activity > other.activity ? -1 : other.id - one.id)
    return [...this.#conversations.values()].filter((one) => !one.out && one.begun || one === open).sort(newestFirst)
  }

  // Those whose messages the page keeps up with.
  get followed() { return [...this.#conversations.values()].filter(({ following, out }) => following && !out) }

  // How much waits for somebody to look, as the list has it. What is muted or over does not, nor what the system said.
  get unread() {
    const calling = [...this.#conversations.values()].filter(({ muted, out }) => !muted && !out)
    return calling.reduce((sum, { unreadSaid }) => sum + unreadSaid, 0)
  }
}
