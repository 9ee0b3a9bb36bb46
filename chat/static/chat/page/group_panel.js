import { showAvatar } from "./avatar.js"
import { clone, setText, sync } from "./dom.js"
import { actionsOn, mayManage } from "./group_rules.js"
import { gettext, ngettext } from "./i18n.js"
import { Menu } from "./menu.js"
import { PeoplePicker } from "./people_picker.js"
import { presenceWords } from "./presence_words.js"
import { refusal } from "./refusals.js"

const PAGE = 50 // members that one look fetches

// A dialog about the group that is open: who is in it and what they are, and all that one may do about that.
export class GroupPanel {
  #dialog = document.querySelector("#group-panel")
  #members = this.#dialog.querySelector("#group-members")
  #more = this.#dialog.querySelector(".more")
  #problem = this.#dialog.querySelector(".problem")
  #title = this.#dialog.querySelector("#group-title")
  #leave = this.#dialog.querySelector(".leave")
  #menu
  #picker
  #library
  #on
  #conversation = null
  #known = [] // the members that were fetched
  #next = null
  #seen = "" // what the members were fetched for
  #about = null // whom the menu is about

  // `find(text, limit)`: people; `presence(user)`; `write(user)`: open the direct conversation; `changed()`: others are looked at
  constructor({ library, find, ...on }) {
    this.#library = library
    this.#on = on
    this.#menu = new Menu(document.querySelector("#member-menu"), (action) => this.#act(action, this.#about))
    this.#picker = new PeoplePicker({
      root: this.#dialog.querySelector(".picker"), id: "add-people", label: gettext("Add people"), find, changed: () => this.#showAdding(),
    })
    this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close())
    this.#dialog.querySelector(".rename").addEventListener("submit", (event) => { event.preventDefault(); this.#rename() })
    this.#dialog.querySelector(".add").addEventListener("submit", (event) => { event.preventDefault(); this.#add() })
    this.#dialog.querySelector("#group-muted").addEventListener("change", ({ target }) => this.#arrange({ muted: target.checked }))
    this.#dialog.querySelector("#group-pinned").addEventListener("change", ({ target }) => this.#arrange({ pinned: target.checked }))
    this.#leave.addEventListener("click", () => this.#askToLeave())
    this.#more.addEventListener("click", () => this.#try(() => this.#fetch(this.#next)))
    this.#members.addEventListener("click", ({ target }) => this.#openMenu(target.closest("button")))
  }

  get isOpen() { return this.#dialog.open }

  // Those whose presence is to be seen.
  get looked() { return this.isOpen ? this.#known.map(({ id }) => id) : [] }

  open(conversation) {
    this.#conversation = conversation
    this.#known = []
    this.#next = null
    this.#seen = ""
    this.#say("")
    this.#settle()
    this.#title.value = conversation.title
    this.#dialog.showModal()
    this.#dialog.querySelector("h2").focus()
    this.show()
  }

  // As it is now: the group may change while one looks.
  show() {
    if (!this.isOpen) return
    const conversation = this.#conversation
    if (conversation.out) return this.#dialog.close()
    const { title, members, memberCount, role } = conversation
    const seen = JSON.stringify([title, members.map((member) => [member.id, member.role]), memberCount, role])
    if (seen !== this.#seen) this.#renew(seen)
    setText(this.#dialog.querySelector("h2"), conversation.name)
    setText(this.#dialog.querySelector(".count"), ngettext("{count} member", "{count} members", memberCount))
    for (const part of this.#dialog.querySelectorAll(".for-managers")) part.hidden = !mayManage(role)
    this.#dialog.querySelector("#group-muted").checked = conversation.muted
    this.#dialog.querySelector("#group-pinned").checked = conversation.pinned
    this.#more.hidden = this.#next === null
    sync(this.#members, this.#known, {
      key: ({ id }) => id,
      create: () => clone("member-template"),
      update: (element, member) => this.#showMember(element, member),
    })
  }

  #renew(seen) {
    if (this.#title !== document.activeElement) this.#title.value = this.#conversation.title
    this.#seen = seen
    this.#try(() => this.#fetch(null))
  }

  async #fetch(cursor) {
    const conversation = this.#conversation
    const { results, next } = await this.#library.fetchMembers(conversation, { limit: PAGE, ...(cursor && { cursor }) })
    if (conversation !== this.#conversation) return
    this.#known = cursor ? [...this.#known, ...results] : results
    this.#next = next
    this.#picker.without = new Set(this.#known.map(({ id }) => id))
    this.#on.changed()
    this.show()
  }

  #showMember(element, member) {
    const { id, role } = member
    const { name } = this.#conversation.person(id)
    const me = id === this.#conversation.me
    const presence = me ? undefined : this.#on.presence(id)
    element.dataset.id = id
    showAvatar(element.querySelector(".avatar"), this.#conversation.person(id))
    setText(element.querySelector(".name"), me ? gettext("{name} (you)", { name }) : name)
    setText(element.querySelector(".state"), [roleName(role), presenceWords(presence)].filter(Boolean).join(" · "))
    element.querySelector(".presence").dataset.presence = presence?.state ?? "unknown"
    const button = element.querySelector("button")
    button.hidden = me
    setText(button.querySelector(".hidden-text"), gettext("What to do with {name}", { name }))
  }

  #openMenu(button) {
    if (!button) return
    const id = Number(button.closest("li").dataset.id)
    this.#about = this.#known.find((member) => member.id === id)
    const items = ["write", ...actionsOn(this.#conversation.role, this.#about.role)]
    this.#menu.open({ items, beside: button.getBoundingClientRect(), back: button })
  }

  #act(action, { id }) {
    const conversation = this.#conversation
    if (action === "write") {
      this.#dialog.close()
      return this.#on.write(id)
    }
    if (action === "remove") return this.#try(() => this.#library.removeMember(conversation, id))
    return this.#try(() => this.#library.giveRole(conversation, id, action))
  }

  #rename() {
    const title = this.#title.value.trim()
    if (title !== this.#conversation.title) return this.#arrange({ title })
  }

  async #arrange(changes) {
    await this.#try(() => this.#library.arrange(this.#conversation, changes))
    this.show() // what was refused is as before
  }

  async #add() {
    const people = [...this.#picker.chosen.keys()]
    if (!people.length) return this.#picker.focus()
    await this.#try(async () => {
      await this.#library.addMembers(this.#conversation, people)
      this.#picker.reset({ without: this.#picker.without })
    })
  }

  #showAdding() { this.#dialog.querySelector(".add [type=submit]").hidden = !this.#picker.chosen.size }

  // Not by one click: nobody comes back by themselves.
  #askToLeave() {
    if (this.#leave.dataset.asked) return this.#try(() => this.#library.removeMember(this.#conversation, this.#conversation.me))
    this.#leave.dataset.asked = "yes"
    setText(this.#leave, gettext("Leave for good?"))
  }

  #settle() {
    delete this.#leave.dataset.asked
    setText(this.#leave, gettext("Leave the group"))
    this.#picker.reset()
  }

  async #try(run) {
    this.#say("")
    try {
      await run()
    } catch (error) {
      this.#say(refusal(error))
    }
  }

  #say(problem) {
    this.#problem.hidden = !problem
    setText(this.#problem, problem)
  }
}

function roleName(role) {
  if (role === "owner") return gettext("owner")
  return role === "admin" ? gettext("admin") : ""
}
