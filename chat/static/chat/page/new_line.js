// Where the line "new messages" stands: above the first that one had not read when one came, or when one looked away.
// It stays there while one reads, so that one finds it again. Knows no `document`.
export class NewLine {
  number = null // of the first message below it
  #caughtUp = true

  turnTo(conversation) {
    this.#caughtUp = !conversation.unread
    this.number = conversation.unread ? firstUnread(conversation) : null
  }

  // Something may have come; `looking`: whether it is read at once.
  update(conversation, looking) {
    if (!conversation.unread) this.#caughtUp = true
    else if (this.#caughtUp && !looking) {
      this.#caughtUp = false
      this.number = firstUnread(conversation)
    }
  }

  // Whoever answers has seen it.
  clear() { this.number = null }
}

const firstUnread = ({ readNumber, floorNumber }) => Math.max(readNumber, floorNumber) + 1
