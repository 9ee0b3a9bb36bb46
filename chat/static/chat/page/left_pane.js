import { ConversationList } from "./conversation_list.js"
import { setText } from "./dom.js"
import { GroupPanel } from "./group_panel.js"
import { gettext } from "./i18n.js"
import { NewConversation } from "./new_conversation.js"
import { findPeople } from "./people.js"
import { Presence, whomToWatch } from "./presence.js"
import { presenceWords } from "./presence_words.js"
import { refusal } from "./refusals.js"
import { get } from "./rest.js"
import { Search } from "./search.js"
import { SearchBox } from "./search_box.js"

// The conversations, the search over them, and what is done with them: begun, arranged, groups kept.
export class LeftPane {
  #library
  #urls
  #on
  #presence = new Presence()

  // `open(conversation, { number })`: show it, at a message; `read(conversation)`; `watch(users)`; `changed()`
  constructor({ me, urls, library, ...on }) {
    this.#library = library
    this.#urls = urls
    this.#on = on
    const find = (text, limit) => findPeople({ url: urls.users, me, text, limit })
    this.search = new Search({ find: this.#found(find), changed: () => this.#showSearch() })
    this.searchBox = new SearchBox({
      search: this.search,
      faceOf: (id) => library.state.get(id)?.face,
      sender: ({ conversation, sender }) => library.state.get(conversation)?.nameOf(sender) ?? gettext("Somebody"),
      person: ({ id }) => this.#write(id),
      conversation: (conversation) => on.open(conversation),
      leave: () => this.list.focus(on.chosen()),
      message: ({ conversation, number }) => on.open({ id: conversation }, { number }),
    })
    this.list = new ConversationList({ act: (action, id) => this.#act(action, library.state.get(id)) })
    this.newConversation = new NewConversation({
      find, start: (wanted) => library.start(wanted), opened: (conversation) => on.open(conversation),
    })
    this.group = new GroupPanel({
      library, find, presence: (user) => this.#presence.of(user), write: (user) => this.#write(user), changed: on.changed,
    })
    for (const button of document.querySelectorAll("#new-conversation, #first-conversation")) {
      button.addEventListener("click", () => this.newConversation.open())
    }
    document.querySelector("#group-details").addEventListener("click", () => this.details(library.state.get(on.chosen())))
  }

  // What a `presence` frame tells.
  heard(presence) {
    this.#presence.heard(presence)
    this.#on.changed()
  }

  // Without a connection one knows of nobody.
  disconnected() { this.#presence.forget() }

  show({ conversations, chosen, outbox, unfinished, loaded, hasMore }) {
    const { me } = this.#library.state
    this.#on.watch(whomToWatch({ conversations, open: chosen, looked: this.group.looked, me }))
    const presence = (user) => this.#presence.of(user)
    this.list.show({ conversations, chosen, outbox, unfinished, presence, loaded, hasMore })
    document.querySelector("#group-details").hidden = chosen?.kind !== "group" || chosen.out
    this.group.show()
  }

  // How the other one of a direct conversation is, in words.
  wordsFor(conversation) { return presenceWords(this.#presence.of(conversation.other)) }

  details(conversation) { if (conversation?.kind === "group" && !conversation.out) this.group.open(conversation) }

  #showSearch() {
    this.searchBox.show()
    this.#on.changed()
  }

  // What the search finds, and where.
  #found(people) {
    const library = this.#library, { state } = library, urls = this.#urls
    const lower = (text) => text.toLocaleLowerCase()
    return {
      people,
      local: (text) => state.sorted().filter(({ kind, name }) => kind !== "direct" && lower(name).includes(lower(text))),
      groups: async (q, limit) => (await get(urls.conversations, { q, limit })).results.map((found) => state.put(found)),
      messages: async (q, limit) => {
        const { results, people: senders } = await get(urls.messages, { q, limit }).catch(noSearch)
        const where = await Promise.all(results.map(({ conversation }) => library.know(conversation)))
        for (const conversation of where) conversation?.meet(senders)
        return results.filter((_, place) => where[place])
      },
    }
  }

  async #write(user) {
    await this.#try(async () => this.#on.open(await this.#library.start({ to: user })))
  }

  #act(action, conversation) {
    if (action === "details") return this.details(conversation)
    if (action === "read") return this.#on.read(conversation)
    const changes = { pin: { pinned: true }, unpin: { pinned: false }, mute: { muted: true }, unmute: { muted: false } }
    return this.#try(() => this.#library.arrange(conversation, changes[action]))
  }

  // What went wrong stands under the search until something else is done.
  async #try(run) {
    const problem = document.querySelector("#pane-problem")
    problem.hidden = true
    try {
      await run()
    } catch (error) {
      problem.hidden = false
      setText(problem, refusal(error))
    }
  }
}

// What has no word in it, as "@" alone, is no search to the server. Nothing is found by it.
function noSearch(error) {
  if (error.status !== 400) throw error
  return { results: [], people: [] }
}
