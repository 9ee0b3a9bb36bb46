// A conversation as this page knows it: from the list of the REST API, kept up by events. Knows no `document`.
//
// `messages` is a window on the history: ascending by number, without holes, up to the last one. It is empty until
// somebody looks (`following`). `out` is whether one is in it no more: then nothing of it can be asked for or written.
export class Conversation {
  messages = []
  following = false
  out = false
  #changes = new Map() // edits and recalls, by number: a page of history that is on its way may not know them
  #people = new Map()
  #marks = new Map()

  constructor(summary, me) {
    this.me = me
    this.id = summary.id
    this.kind = summary.kind
    this.createdAt = summary.created_at
    this.title = summary.title
    this.memberCount = summary.member_count
    this.lastNumber = summary.last_number
    this.floorNumber = summary.floor_number ?? 0
    this.lastMessage = summary.last_message
    this.readNumber = summary.read_number
    this.muted = summary.muted
    this.#marks = new Map(summary.marks.map(({ user, sent, read }) => [user, { sent, read }]))
    this.meet(summary.members)
    this.members = summary.members
  }

  // What it is called and who is in it, as the server tells it anew. Marks that came meanwhile do not move back.
  renew(summary) {
    const marks = this.#marks
    this.title = summary.title
    this.memberCount = summary.member_count
    this.members = summary.members
    this.muted = summary.muted
    this.read(summary.read_number)
    this.meet(summary.members)
    this.#marks = new Map(summary.marks.map(({ user, sent, read }) => [user, marks.get(user) ?? { sent, read }]))
    for (const mark of summary.marks) this.mark(mark)
  }

  get unread() { return Math.max(0, this.lastNumber - Math.max(this.readNumber, this.floorNumber)) }

  get activity() { return this.lastMessage?.created_at ?? this.createdAt }

  // Whether the window reaches back to the first message that is kept.
  get complete() { return this.lastNumber <= this.floorNumber || this.messages[0]?.number <= this.floorNumber + 1 }

  get name() {
    const others = this.members.filter(({ id }) => id !== this.me).map(({ name }) => name)
    return this.title || others.join(", ") || this.members.map(({ name }) => name).join(", ")
  }

  // The address of its picture: in a direct conversation that of the other one, if there is any.
  get picture() {
    return this.kind === "direct" ? this.members.find(({ id }) => id !== this.me)?.avatar ?? null : null
  }

  meet(people) { for (const { id, name } of people) this.#people.set(id, name) }

  nameOf(id) { return this.#people.get(id) }

  // A new message. Applied twice, it is there once.
  add(message) {
    if (message.number >= this.lastNumber) this.#setLast(message)
    this.mark({ user: message.sender, read: message.number }) // who writes has read what was before
    if (message.kind === "system") this.#comeOrGo(message.data ?? {})
    if (this.following) this.#insert(message)
  }

  // A message that was edited or recalled: changed wherever it is shown.
  change(message) {
    this.#changes.set(message.number, message)
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

  // How far everybody has come meanwhile. New messages are not taken from here: each comes as an event.
  update(summary) {
    this.muted = summary.muted
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

  // What became of a message of ours: stored, sent (every other member has it) or read (by all of them).
  tick({ number }) {
    const others = [...this.#marks].filter(([user]) => user !== this.me).map(([, marks]) => marks)
    if (!others.length) return "stored"
    if (others.every(({ read }) => read >= number)) return "read"
    return others.every(({ sent, read }) => Math.max(sent, read) >= number) ? "sent" : "stored"
  }

  #asChanged(page) { return page.map((message) => this.#changes.get(message.number) ?? message) }

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
    this.messages.splice(place, 0, message)
  }

  // Where a number is, or would be.
  #place(number) {
    let place = this.messages.length
    while (place > 0 && this.messages[place - 1].number >= number) place -= 1
    return place
  }
}
