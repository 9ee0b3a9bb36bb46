import { People } from "./people.js"
import { spokenOf } from "./system_sentence.js"

// A conversation as this page knows it: from the list of the REST API, kept up by events. Knows no `document`.
//
// `messages` is a window on the history: ascending by number, without holes. It is empty until somebody looks
// (`following`), and reaches up to the last message (`attached`) unless one looks at something older. `out` is whether one is in it no more: then nothing of it can be asked for or written.
export class Conversation {
  messages = []
  following = false
  out = false
  #known = new Map() // by id: what was seen of it, in the window or because another message answers it
  #changes = new Map() // edits and recalls, by number: a page of history that is on its way may not know them
  #mentions = new Set() // numbers of messages that mention us; some are read by now
  #system = new Set() // numbers of messages that the system said; some are read by now
  #people
  #members = [] // [{ id, role }]: the first ones of many
  #marks = new Map()

  constructor(summary, me, people = new People()) {
    this.me = me
    this.#people = people
    this.id = summary.id
    this.kind = summary.kind
    this.createdAt = summary.created_at
    this.title = summary.title
    this.memberCount = summary.member_count
    this.lastNumber = summary.last_number
    this.floorNumber = summary.floor_number ?? 0
    this.lastMessage = summary.last_message
    this.readNumber = summary.read_number
    this.#keepOwn(summary)
    this.#marks = new Map(summary.marks.map(({ user, sent, read }) => [user, { sent, read }]))
    this.#keepMembers(summary)
    this.#mentions = new Set(summary.mentions)
    this.#system = new Set(summary.unread_system)
  }

  // What it is called and who is in it, as the server tells it anew. Marks that came meanwhile do not move back.
  renew(summary) {
    const marks = this.#marks
    this.title = summary.title
    this.memberCount = summary.member_count
    this.#keepMembers(summary)
    this.#keepOwn(summary)
    this.read(summary.read_number)
    for (const number of summary.mentions ?? []) this.#mentions.add(number)
    for (const number of summary.unread_system ?? []) this.#system.add(number)
    this.#marks = new Map(summary.marks.map(({ user, sent, read }) => [user, marks.get(user) ?? { sent, read }]))
    for (const mark of summary.marks) this.mark(mark)
  }

  // Whether a message calls us, or somebody else, by "@Name": its `data` has the ids.
  mentionsMe({ data, sender }) { return sender !== this.me && idsIn(data).includes(this.me) }

  // Who is called, as far as their names are known: [{ id, name }].
  calledIn({ data }) {
    return idsIn(data).map((id) => ({ id, name: this.nameOf(id) })).filter(({ name }) => name)
  }

  // Whether a message names somebody of whom the page has not heard: who wrote it, who is called, of whom the system speaks.
  namesStrangers({ sender, kind, data }) {
    const named = kind === "system" ? spokenOf(data ?? {}) : [sender, ...idsIn(data)]
    return named.some((id) => Number.isInteger(id) && !this.#people.of(id))
  }

  // How many unread messages mention us; of very many the newest alone are counted.
  get mentioned() {
    const read = Math.max(this.readNumber, this.floorNumber)
    return [...this.#mentions].filter((number) => number > read).length
  }

  // The number of the first of them, or undefined.
  get firstMention() {
    const read = Math.max(this.readNumber, this.floorNumber)
    return [...this.#mentions].filter((number) => number > read).sort((one, other) => one - other)[0]
  }

  // Whether it is more than somebody else's look at us: they have opened it, and nobody has said anything.
  get begun() { return this.kind !== "direct" || this.opened || this.lastNumber > 0 }

  // How many messages are unread, by their numbers: what the system said is among them.
  get unread() { return Math.max(0, this.lastNumber - Math.max(this.readNumber, this.floorNumber)) }

  // How many of them people have said: what one is told the number of.
  get unreadSaid() {
    const { unread, lastNumber } = this
    return unread && unread - [...this.#system].filter((number) => number > lastNumber - unread && number <= lastNumber).length
  }

  // Whether the window reaches up to the last message: then what comes belongs to it.
  get attached() { return !this.messages.length || this.messages.at(-1).number >= this.lastNumber }

  // Whether a message is in the window.
  has(number) { return this.messages[this.#place(number)]?.number === number }

  get activity() { return this.lastMessage?.created_at ?? this.createdAt }

  // Whether the window reaches back to the first message that is kept.
  get complete() { return this.lastNumber <= this.floorNumber || this.messages[0]?.number <= this.floorNumber + 1 }

  get name() {
    if (this.title) return this.title
    const others = this.members.filter(({ id }) => id !== this.me).map(({ name }) => name)
    return others.join(", ") || this.members.map(({ name }) => name).join(", ")
  }

  // Who the other one is, where there is one.
  get other() { return this.kind === "direct" ? this.#members.find(({ id }) => id !== this.me)?.id : undefined }

  // What its avatar is made of, { id, name, avatar }: of a direct conversation the other one is.
  get face() { return this.#people.of(this.other) ?? { id: this.id, name: this.name, avatar: null } }

  // Who is in it, of many the first ones, by their present names: [{ id, name, avatar, role }].
  get members() { return this.#members.map(({ id, role }) => ({ ...this.#people.of(id), role })) }

  // A summary of it without anything that was said there.
  get frame() {
    const { id, kind, title, activity: created_at, memberCount: member_count, role, muted, pinned } = this
    const members = this.members.map(({ id, name, role }) => ({ id, name, role })) // without a network no picture comes
    const nothing = { last_number: 0, last_message: null, read_number: 0, marks: [], mentions: [] }
    return { id, kind, title, created_at, member_count, role, muted, pinned, members, ...nothing }
  }

  meet(people) { this.#people.meet(people) }

  // Everybody whom the server's description of it tells of.
  meetAll({ members, people = [] }) { this.meet([...members, ...people]) }

  // { id, name, avatar }, or undefined where the page has not heard of them.
  person(id) { return this.#people.of(id) }

  nameOf(id) { return this.#people.of(id)?.name }

  // A message by its id, as it is now; undefined where this page has not seen it.
  known(id) { return this.#known.get(id) }

  // One that is outside of the window.
  learn(message) { this.#known.set(message.id, this.#changes.get(message.number) ?? message) }

  // A new message. Applied twice, it is there once.
  add(message) {
    const { attached } = this
    if (message.number >= this.lastNumber) this.#setLast(message)
    this.mark({ user: message.sender, read: message.number }) // who writes has read what was before
    if (this.mentionsMe(message)) this.#mentions.add(message.number)
    if (message.kind === "system") this.#changed(message)
    if (this.following && attached) this.#insert(message)
  }

  // A message that was edited or recalled: changed wherever it is shown.
  change(message) {
    this.#changes.set(message.number, message)
    if (message.recalled_at) this.#mentions.delete(message.number)
    if (this.#known.has(message.id)) this.#known.set(message.id, message)
    const place = this.#place(message.number)
    if (this.messages[place]?.number === message.number) this.messages[place] = message
    if (this.lastMessage?.number === message.number) this.lastMessage = message
  }

  // The newest page of the history. Older messages that events brought meanwhile may have holes before the page.
  fillLatest(page) {
    const newer = this.messages.filter(({ number }) => number > (page.at(-1)?.number ?? 0))
    this.messages = [...this.#asChanged(page), ...newer]
    const last = this.messages.at(-1)
    if (last?.number >= this.lastNumber) this.#setLast(last)
  }

  // The page before the window. Where nothing is, it was pruned meanwhile.
  fillBefore(page) {
    const first = this.messages[0]?.number ?? Infinity
    if (!page.length && this.messages.length) this.floorNumber = first - 1
    this.messages = [...this.#asChanged(page).filter(({ number }) => number < first), ...this.messages]
  }

  // The page after the window.
  fillAfter(page) {
    const last = this.messages.at(-1)?.number ?? 0
    this.messages = [...this.messages, ...this.#asChanged(page).filter(({ number }) => number > last)]
  }

  // Another part of the history in place of the window.
  fillAround(page) { this.messages = this.#asChanged(page) }

  // How far everybody has come meanwhile. New messages are not taken from here: each comes as an event.
  update(summary) {
    this.meetAll(summary)
    this.#keepOwn(summary)
    this.read(summary.read_number)
    for (const marks of summary.marks) this.mark(marks)
  }

  read(number) { this.readNumber = Math.max(this.readNumber, number) }

  // How far a member has come. Nothing moves backwards.
  mark({ user, sent = null, read = null }) {
    if (user === this.me && read !== null) this.read(read)
    const known = this.#marks.get(user)
    if (!known) return
    this.#marks.set(user, { sent: Math.max(known.sent, sent ?? 0), read: Math.max(known.read, read ?? 0) })
  }

  // What became of a message of ours: stored, sent (every other member has it) or read (by all of them). A large group's
  // summary holds the marks of its first members only: what is not known of all is not said.
  tick({ number }) {
    const others = [...this.#marks].filter(([user]) => user !== this.me).map(([, marks]) => marks)
    if (!others.length || others.length < this.memberCount - 1) return "stored"
    if (others.every(({ read }) => read >= number)) return "read"
    return others.every(({ sent, read }) => Math.max(sent, read) >= number) ? "sent" : "stored"
  }

  // What we have changed for ourselves, on another device perhaps.
  arrange({ muted = this.muted, pinned = this.pinned }) { Object.assign(this, { muted, pinned }) }

  // What is one's own business alone.
  #keepOwn({ role, muted, pinned, opened }) {
    this.role = role
    this.muted = muted
    this.pinned = pinned ?? false
    this.opened ||= opened ?? true // for good; what was kept without it was in the list
  }

  #keepMembers(summary) {
    this.meetAll(summary)
    this.#members = summary.members.map(({ id, role }) => ({ id, role }))
  }

  // The members who have read a message of ours, as far as their marks are known.
  readers({ number }) {
    return [...this.#marks].filter(([user, { read }]) => user !== this.me && read >= number).map(([user]) => user)
  }

  #asChanged(page) {
    const changed = page.map((message) => this.#changes.get(message.number) ?? message)
    for (const message of changed) this.#known.set(message.id, message)
    return changed
  }

  // Of a group. Who changes it has read that.
  #changed({ number, data }) {
    this.#system.add(number)
    this.mark({ user: data?.actor, read: number })
    this.#comeOrGo(data ?? {})
  }

  // Whoever is out has heard the last of it; whoever comes back has missed what was said meanwhile.
  #comeOrGo({ event, actor, users = [] }) {
    if (event === "left" && actor === this.me || event === "removed" && users.includes(this.me)) this.out = true
    if (!this.out || event !== "added" || !users.includes(this.me)) return
    this.out = this.following = false
    this.messages = []
  }

  #setLast(message) {
    this.lastNumber = message.number
    this.lastMessage = message
  }

  #insert(message) {
    const place = this.#place(message.number)
    if (this.messages[place]?.number === message.number) return
    if (place === 0 && this.messages.length) return // before the window
    this.#known.set(message.id, message)
    this.messages.splice(place, 0, message)
  }

  // Where a number is, or would be.
  #place(number) {
    let place = this.messages.length
    while (place > 0 && this.messages[place - 1].number >= number) place -= 1
    return place
  }
}

// Only what is a list of ids: `data` is whatever its sender put there.
function idsIn(data) {
  const ids = data?.mentions
  return Array.isArray(ids) ? ids.filter(Number.isInteger) : []
}
