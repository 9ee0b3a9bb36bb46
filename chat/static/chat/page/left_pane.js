import { ConversationList } from "./conversation_list.js"
import { setText } from "./dom.js"
import { gettext } from "./i18n.js"
import { Later } from "./later.js"
import { findPeople } from "./people.js"
import { Presence, whomToWatch } from "./presence.js"
import { presenceWords } from "./presence_words.js"
import { refusal } from "./refusals.js"
import { get } from "./rest.js"

// The conversations, the search over them, and what is done with them: begun, arranged, groups kept.
export class LeftPane {
  #library
  #urls
  #on
  #presence = new Presence()
  #searchBox
  #newConversation
  #group

  // `open(conversation, { number })`: show it, at a message; `read(conversation)`; `watch(users)`; `changed()`
  constructor({ me, urls, library, ...on }) {
    this.#library = library
    this.#urls = urls
    this.#on = on
    const find = (text, limit) => findPeople({ url: urls.users, me, text, limit })
    const { changed } = on
    this.#searchBox = new Later(() => this.#makeSearchBox(find), { changed })
    this.#newConversation = new Later(() => this.#makeNewConversation(find), { changed })
    this.#group = new Later(() => this.#makeGroup(find), { changed })
    this.list = new ConversationList({ act: (action, id) => this.#act(action, library.state.get(id)) })
    const field = document.querySelector("#search")
    field.addEventListener("focus", ({ relatedTarget }) => this.#try(() => this.#beginSearch(relatedTarget)))
    if (document.activeElement === field) this.#try(() => this.#beginSearch(null)) // one was faster than the scripts
    document.querySelector("#more-conversations").addEventListener("click", () => this.#try(() => library.loadMore()))
    for (const button of document.querySelectorAll("#new-conversation, #first-conversation")) {
      button.addEventListener("click", () => this.begin())
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
    this.#on.watch(whomToWatch({ conversations, open: chosen, looked: this.#group.made?.looked ?? [], me }))
    const presence = (user) => this.#presence.of(user)
    this.list.show({ conversations, chosen, outbox, unfinished, presence, loaded, hasMore })
    document.querySelector("#group-details").hidden = chosen?.kind !== "group" || chosen.out
    this.#group.made?.show()
  }

  // How the other one of a direct conversation is, in words.
  wordsFor(conversation) { return presenceWords(this.#presence.of(conversation.other)) }

  goToSearch() {
    const field = document.querySelector("#search")
    field.focus()
    field.select()
  }

  // A conversation with somebody, or a group.
  begin() { return this.#try(async () => (await this.#newConversation.get()).open()) }

  details(conversation) {
    if (conversation?.kind !== "group" || conversation.out) return
    return this.#try(async () => (await this.#group.get()).open(conversation))
  }

  async #makeSearchBox(find) {
    const [{ Search }, { SearchBox }] = await Promise.all([import("./search.js"), import("./search_box.js")])
    const { state } = this.#library, open = this.#on.open
    const search = new Search({ find: this.#found(find), changed: () => { box.show(); this.#on.changed() } })
    const box = new SearchBox({
      search,
      faceOf: (id) => state.get(id)?.face,
      sender: ({ conversation, sender }) => state.get(conversation)?.nameOf(sender) ?? gettext("Somebody"),
      person: ({ id }) => this.#write(id),
      conversation: (conversation) => open(conversation),
      leave: () => this.list.focus(this.#on.chosen()),
      message: ({ conversation, number }) => open({ id: conversation }, { number }),
    })
    return box
  }

  // The first time, one may have written something by the time it is there.
  async #beginSearch(from) {
    const known = this.#searchBox.made, box = await this.#searchBox.get()
    if (!known) box.begin(from)
  }

  async #makeNewConversation(find) {
    const { NewConversation } = await import("./new_conversation.js")
    const start = (wanted) => this.#library.start(wanted)
    return new NewConversation({ find, start, opened: (conversation) => this.#on.open(conversation) })
  }

  async #makeGroup(find) {
    const { GroupPanel } = await import("./group_panel.js")
    return new GroupPanel({
      library: this.#library,
      find,
      presence: (user) => this.#presence.of(user),
      write: (user) => this.#write(user),
      changed: this.#on.changed,
    })
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
