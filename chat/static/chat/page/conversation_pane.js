import { announce } from "./announcer.js"
import { Attach } from "./attach.js"
import { copy } from "./clipboard.js"
import { Composer } from "./composer.js"
import { gettext } from "./i18n.js"
import { Later } from "./later.js"
import { MessageActions } from "./message_actions.js"
import { actionsFor } from "./message_rules.js"
import { Readers } from "./readers.js"
import { RecallDialog } from "./recall_dialog.js"
import { Timeline } from "./timeline.js"
import { TypingLine } from "./typing_line.js"
import { Viewer } from "./viewer.js"

// The conversation that is open: its messages, what one does with them, and where one writes.
//
// `client` is the library's, `fileLimits`: see file_limits.js.
// `on.send(conversation, { body, reply_to })`, `on.retry(draft)`, `on.discard(draft)`, `on.typing(conversation)`,
// `on.moved()`: another part of the history is in view; `on.changed()`: show it again.
export class ConversationPane {
  #library
  #editSeconds
  #conversation = null
  #id = null // of the one that is open, or about to be
  #wanted = null // the number of a message that is to be shown

  constructor({ me, library, unfinished, urls, storage, editSeconds, fileLimits, client, ...on }) {
    this.#library = library
    this.#editSeconds = editSeconds
    this.on = on
    this.attach = new Attach({ url: urls.uploads, limits: fileLimits, client })
    this.viewer = new Viewer()
    const quoted = (conversation, id) => library.quoted(conversation, id)
    this.timeline = new Timeline({
      retry: on.retry,
      discard: on.discard,
      older: () => library.fetchOlder(this.#conversation),
      newer: () => library.fetchNewer(this.#conversation),
      latest: () => library.fetchLatest(this.#conversation),
      around: (number) => this.#around(number),
      moved: on.moved,
      quoted,
    })
    this.composer = new Composer({
      unfinished,
      quoted,
      send: (conversation, draft) => this.#send(conversation, draft),
      edit: (message, body) => this.#edit(message, body),
      emptied: (message) => this.recallDialog.ask(message, { closed: () => this.focus() }),
      editLast: () => this.#editLast(),
      typing: on.typing,
      findMembers: (id, text) => library.findMembers(library.state.get(id), text),
      hasFiles: () => this.attach.ready,
      changed: on.changed,
    })
    this.#openEmoji({ storage, user: me })
    this.typingLine = new TypingLine({ me, changed: on.changed })
    this.readers = new Readers({ url: urls.messages })
    this.recallDialog = new RecallDialog({ recall: (message) => this.#recall(message) })
    this.actions = new MessageActions({
      actions: (message) => this.#actionsFor(message),
      act: (action, message) => this.#act(action, message),
      leave: () => this.focus(),
      single: on.single,
    })
  }

  turnTo(id) {
    if (id !== this.#id) this.#wanted = null
    this.#id = id
    this.composer.turnTo(id)
    this.attach.turnTo(id)
  }

  focus() { this.composer.focus() }

  // The network is back, or may be.
  wake() { this.attach.wake() }

  // Show a message of the conversation that is open, or about to be.
  showMessage(number) { this.#wanted = number }

  show({ conversation, drafts, note, looking }) {
    this.#conversation = conversation
    this.timeline.show({ conversation, drafts, note, looking })
    if (this.#wanted !== null) this.timeline.showMessage(this.#wanted)
    this.#wanted = null
    this.composer.show(conversation)
    this.typingLine.show(conversation)
  }

  // Fetched when it is wanted: most of the time nobody does.
  #openEmoji(options) {
    const button = document.querySelector("#emoji-button")
    const picker = new Later(async () => {
      const { EmojiPicker } = await import("./emoji_picker.js")
      return new EmojiPicker({ ...options, button, picked: (emoji) => this.composer.insert(emoji), closed: () => this.focus() })
    }, { changed: this.on.changed })
    button.addEventListener("click", async () => (await picker.getOrNull())?.toggle())
  }

  // ---- what one does with messages

  #actionsFor(message) {
    const { me, out } = this.#conversation
    return actionsFor(message, { me, out, now: this.on.time(), editSeconds: this.#editSeconds })
  }

  #act(action, message) {
    if (action === "reply") this.composer.reply(message)
    if (action === "edit") this.composer.edit(message)
    if (action === "copy") this.#copy(message)
    if (action === "recall") this.recallDialog.ask(message)
    if (action === "readers") this.readers.open(message)
    if (action === "answered") this.timeline.showMessage(this.#conversation.known(message.reply_to).number)
  }

  async #around(number) {
    const found = await this.#library.fetchAround(this.#conversation, number)
    if (!found) announce(gettext("This message is not kept any more."))
    return found
  }

  async #copy({ body }) { announce(await copy(body) ? gettext("Copied.") : gettext("This browser does not let us copy.")) }

  async #edit(message, body) {
    await this.#library.edit(message, body)
    this.on.changed()
  }

  // The arrow up in an empty field, as in other chats.
  #editLast() {
    const last = this.#conversation?.messages.findLast(({ sender, recalled_at }) => sender === this.#conversation.me && !recalled_at)
    if (last && this.#actionsFor(last).includes("edit")) this.composer.edit(last)
  }

  async #recall(message) {
    await this.#library.recall(message)
    this.composer.recalled(message)
    this.on.changed()
  }

  #send(conversation, draft) {
    this.timeline.answered()
    if (!this.attach.take(conversation, draft)) this.on.send(conversation, draft)
  }
}
