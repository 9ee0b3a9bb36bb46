import assert from "node:assert/strict"
import test from "node:test"

import { Conversation } from "../../chat/static/chat/page/conversation.js"
import { State } from "../../chat/static/chat/page/state.js"

const ALICE = 1, BOB = 2, CHARLIE = 3

const message = (number, fields = {}) => ({
  id: number, conversation: 5, number, sender: BOB, body: `m${number}`, client_id: null,
  created_at: `2026-01-01T00:00:${String(number).padStart(2, "0")}Z`, ...fields,
})

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, place) => message(first + place))

function summary(fields = {}) {
  return {
    id: 5, kind: "direct", title: "", created_at: "2026-01-01T00:00:00Z", last_number: 10, last_message: message(10),
    read_number: 10, member_count: 2,
    members: [{ id: ALICE, name: "Alice" }, { id: BOB, name: "Bob" }],
    marks: [{ user: ALICE, sent: 10, read: 10 }, { user: BOB, sent: 10, read: 10 }],
    ...fields,
  }
}

const conversation = (fields) => new Conversation(summary(fields), ALICE)
const numbers = ({ messages }) => messages.map(({ number }) => number)

function opened(page = range(1, 10), fields = {}) {
  const open = conversation(fields)
  open.following = true
  open.fillLatest(page)
  return open
}

test("a direct conversation has the other one's name, a group its title", () => {
  assert.equal(conversation().name, "Bob")
  assert.equal(conversation({ kind: "group", title: "Lunch" }).name, "Lunch")
})

test("a message applied twice is there once", () => {
  const open = opened()
  for (const number of [11, 11, 10, 3, 12]) open.add(message(number))
  assert.deepEqual(numbers(open), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  assert.equal(open.lastNumber, 12)
  assert.equal(open.unread, 2)
})

test("what the list holds already changes nothing", () => {
  const known = conversation()
  known.add(message(9))
  assert.equal(known.lastMessage.number, 10)
  assert.equal(known.unread, 0)
})

test("nobody looks: only the last message is kept", () => {
  const known = conversation()
  known.add(message(11))
  assert.deepEqual(numbers(known), [])
  assert.equal(known.lastMessage.number, 11)
})

test("events that come while the history is fetched leave no hole", () => {
  const open = conversation()
  open.following = true
  for (const number of [11, 52, 53, 54]) open.add(message(number)) // 11: an old one, on the way back
  open.fillLatest(range(44, 53))
  assert.deepEqual(numbers(open), [44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54])
})

test("an event from before the window does not open a hole", () => {
  const open = opened(range(6, 10))
  open.add(message(2))
  assert.deepEqual(numbers(open), [6, 7, 8, 9, 10])
})

test("what was pruned is neither unread nor to be fetched", () => {
  const known = conversation({ floor_number: 4, read_number: 0 })
  assert.equal(known.unread, 6)
  known.following = true
  known.fillLatest(range(6, 10))
  assert.equal(known.complete, false)
  known.fillBefore(range(5, 5))
  assert.equal(known.complete, true)
  assert.equal(conversation({ floor_number: 10, last_message: null }).complete, true)
})

test("a page of history that was pruned meanwhile is the end of it", () => {
  const open = opened(range(6, 10))
  open.fillBefore([])
  assert.equal(open.complete, true)
  assert.deepEqual(numbers(open), [6, 7, 8, 9, 10])
})

test("older pages come before the window", () => {
  const open = opened(range(6, 10))
  assert.equal(open.complete, false)
  open.fillBefore(range(1, 7))
  assert.deepEqual(numbers(open), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.equal(open.complete, true)
})

test("unread is what is behind the last message", () => {
  const open = opened()
  open.add(message(11))
  assert.equal(open.unread, 1)
  open.read(11)
  assert.equal(open.unread, 0)
  open.read(4)
  assert.equal(open.unread, 0)
})

test("one's own message from another device is read", () => {
  const open = opened()
  open.add(message(11, { sender: ALICE }))
  assert.equal(open.unread, 0)
})

test("one's own read mark from another device counts", () => {
  const open = opened()
  open.add(message(11))
  open.mark({ user: ALICE, read: 11 })
  assert.equal(open.unread, 0)
})

test("ticks: stored, sent, read, and never back", () => {
  const open = opened()
  const own = message(11, { sender: ALICE })
  open.add(own)
  assert.equal(open.tick(own), "stored")
  open.mark({ user: BOB, sent: 11 })
  assert.equal(open.tick(own), "sent")
  open.mark({ user: BOB, read: 11 })
  open.mark({ user: BOB, sent: 5, read: 5 })
  assert.equal(open.tick(own), "read")
})

test("who answers has read", () => {
  const open = opened()
  const own = message(11, { sender: ALICE })
  open.add(own)
  open.add(message(12))
  assert.equal(open.tick(own), "read")
})

test("in a group everybody counts", () => {
  const marks = [ALICE, BOB, CHARLIE].map((user) => ({ user, sent: 10, read: 10 }))
  const open = opened(range(1, 10), { kind: "group", title: "Lunch", marks })
  const own = message(11, { sender: ALICE })
  open.mark({ user: BOB, sent: 11, read: 11 })
  assert.equal(open.tick(own), "stored")
  open.mark({ user: CHARLIE, sent: 11 })
  assert.equal(open.tick(own), "sent")
})

test("where the marks of some are not known, nothing is said of all", () => {
  const marks = [ALICE, BOB, CHARLIE].map((user) => ({ user, sent: 11, read: 11 }))
  const own = message(11, { sender: ALICE })
  assert.equal(opened(range(1, 10), { kind: "group", marks, member_count: 3 }).tick(own), "read")
  assert.equal(opened(range(1, 10), { kind: "group", marks, member_count: 4 }).tick(own), "stored")
})

test("an edited message changes wherever it is shown", () => {
  const open = opened()
  open.change(message(10, { body: "better" }))
  assert.equal(open.messages.at(-1).body, "better")
  assert.equal(open.lastMessage.body, "better")
})

test("a recalled message says nothing any more, wherever it is shown", () => {
  const open = opened()
  open.change(message(10, { body: "", recalled_at: "2026-01-01T00:01:00Z" }))
  assert.equal(open.messages.at(-1).body, "")
  assert.ok(open.lastMessage.recalled_at)
  assert.deepEqual(numbers(open), numbers(opened()))
})

test("a renewed conversation forgets who left, and no mark moves back", () => {
  const open = opened(range(1, 10), { kind: "group", title: "Lunch" })
  open.mark({ user: BOB, sent: 12, read: 12 })
  open.renew(summary({
    kind: "group", title: "Dinner", member_count: 2,
    members: [{ id: BOB, name: "Bob" }, { id: CHARLIE, name: "Charlie" }],
    marks: [{ user: BOB, sent: 10, read: 10 }, { user: CHARLIE, sent: 10, read: 10 }],
  }))
  assert.deepEqual([open.name, open.memberCount, open.nameOf(CHARLIE), open.nameOf(ALICE)], ["Dinner", 2, "Charlie", "Alice"])
  const own = message(11, { sender: ALICE })
  assert.equal(open.tick(own), "stored")
  open.mark({ user: CHARLIE, read: 11 })
  assert.equal(open.tick(own), "read")
})

const system = (number, data) => message(number, { sender: null, kind: "system", data })
const group = (fields = {}) => opened(range(1, 10), { kind: "group", title: "Lunch", muted: false, ...fields })

test("who is removed, or leaves, is out", () => {
  for (const data of [{ event: "removed", actor: BOB, users: [ALICE] }, { event: "left", actor: ALICE }]) {
    const open = group()
    open.add(system(11, data))
    assert.equal(open.out, true)
    assert.equal(open.messages.at(-1).number, 11)
  }
})

test("others who go, and changes that this page does not know, put nobody out", () => {
  const open = group()
  open.add(system(11, { event: "removed", actor: ALICE, users: [BOB] }))
  open.add(system(12, { event: "left", actor: BOB }))
  open.add(system(13, { event: "painted", actor: BOB, users: [ALICE] }))
  open.add(system(14, null))
  assert.equal(open.out, false)
})

test("who comes back has the history fetched anew, and is not told that the time between is unread", () => {
  const open = group()
  open.add(system(11, { event: "removed", actor: BOB, users: [ALICE] }))
  open.add(system(20, { event: "added", actor: BOB, users: [ALICE] }))
  assert.deepEqual([open.out, open.following, numbers(open)], [false, false, []])
  open.renew(summary({ read_number: 19 }))
  assert.equal(open.unread, 1)
})

test("somebody else who is added takes nothing from the window", () => {
  const open = group()
  open.add(system(11, { event: "added", actor: BOB, users: [CHARLIE] }))
  assert.equal(open.messages.length, 11)
})

test("what is muted calls nobody, and is known again from the list", () => {
  const state = new State(ALICE)
  const known = state.put(summary({ muted: true }))
  known.add(message(11))
  assert.deepEqual([known.muted, known.unread, state.unread], [true, 1, 0])
  known.update(summary({ muted: false }))
  assert.deepEqual([known.muted, state.unread], [false, 1])
  known.renew(summary({ muted: true }))
  assert.equal(known.muted, true)
})

test("what one is out of goes from the list, unless it is open, and calls nobody", () => {
  const state = new State(ALICE)
  const known = state.put(summary({ kind: "group", title: "Lunch" }))
  known.add(system(11, { event: "removed", actor: BOB, users: [ALICE] }))
  assert.deepEqual([state.sorted(), state.sorted(known), state.unread], [[], [known], 0])
})

test("a page of history that is older than an edit does not undo it", () => {
  const open = conversation()
  open.following = true
  open.change(message(10, { body: "better" }))
  open.change(message(3, { body: "", recalled_at: "2026-01-01T00:01:00Z" }))
  open.fillLatest(range(6, 10))
  open.fillBefore(range(1, 5))
  assert.deepEqual([open.messages[9].body, open.lastMessage.body, open.messages[2].body], ["better", "better", ""])
})

test("the newest activity comes first", () => {
  const state = new State(ALICE)
  state.replace([summary({ id: 5 }), summary({ id: 6, last_message: message(11) }), summary({ id: 7, last_message: null })])
  assert.deepEqual(state.sorted().map(({ id }) => id), [6, 5, 7])
  state.get(7).add(message(12))
  assert.deepEqual(state.sorted().map(({ id }) => id), [7, 6, 5])
})

test("a conversation that was met twice keeps what it has", () => {
  const state = new State(ALICE)
  const met = state.put(summary())
  met.add(message(11))
  assert.equal(state.put(summary()), met)
  assert.equal(state.unread, 1)
})

test("marks of the list move nothing backwards, and bring no messages", () => {
  const known = conversation({ read_number: 8 })
  known.update(summary({ read_number: 5, last_number: 12, marks: [{ user: BOB, sent: 9, read: 4 }] }))
  assert.equal(known.readNumber, 8)
  assert.equal(known.lastNumber, 10)
  assert.equal(known.tick(message(10, { sender: ALICE })), "read")
  known.update(summary({ read_number: 10 }))
  assert.equal(known.unread, 0)
})

test("a part of the history far from the end stays without a hole, and is grown in both directions", () => {
  const open = opened(range(91, 100), { last_number: 100, last_message: message(100), read_number: 100 })
  open.fillAround(range(40, 49))
  assert.equal(open.attached, false)
  open.add(message(101))
  assert.deepEqual([numbers(open).at(-1), open.lastNumber, open.unread], [49, 101, 1])
  open.fillAfter(range(48, 57))
  open.fillBefore(range(35, 40))
  assert.deepEqual(numbers(open), range(35, 57).map(({ number }) => number))
  assert.deepEqual([open.has(35), open.has(57), open.has(58), open.has(34)], [true, true, false, false])
})

test("once the window reaches the end again, what comes belongs to it", () => {
  const open = opened()
  open.fillAround(range(2, 4))
  open.fillAfter(range(5, 10))
  assert.equal(open.attached, true)
  open.add(message(11))
  assert.equal(numbers(open).at(-1), 11)
})

test("what is answered is known as it is now, in the window or not", () => {
  const open = opened()
  open.learn(message(3, { id: 33 }))
  open.change(message(3, { id: 33, body: "better" }))
  assert.deepEqual([open.known(33).body, open.known(10).body, open.known(99)], ["better", "m10", undefined])
  open.learn(message(3, { id: 33 })) // an answer of the server that is older than the change
  assert.equal(open.known(33).body, "better")
})

test("in a group it is known who has read a message", () => {
  const marks = [ALICE, BOB, CHARLIE].map((user) => ({ user, sent: 10, read: 10 }))
  const open = opened(range(1, 10), { kind: "group", title: "Lunch", marks })
  open.mark({ user: CHARLIE, read: 11 })
  assert.deepEqual([open.readers({ number: 11 }), open.readers({ number: 10 })], [[CHARLIE], [BOB, CHARLIE]])
})

test("unread mentions are counted until they are read or recalled", () => {
  const open = opened(range(1, 10), { read_number: 4, mentions: [6, 8] })
  assert.deepEqual([open.mentioned, open.firstMention], [2, 6])
  open.add(message(11, { data: { mentions: [BOB, ALICE] } }))
  open.add(message(12, { sender: ALICE, data: { mentions: [ALICE] } }))
  assert.deepEqual([open.mentioned, open.unread], [0, 0], "who writes has read")
  open.add(message(13, { data: { mentions: [ALICE] } }))
  open.add(message(14, { data: { mentions: [BOB] } }))
  assert.deepEqual([open.mentioned, open.firstMention], [1, 13])
  open.change(message(13, { body: "", data: null, recalled_at: "2026-01-01T00:01:00Z" }))
  assert.equal(open.mentioned, 0)
})

test("what a message calls mentions may be anything", () => {
  const open = opened()
  for (const mentions of [null, "1", 1, {}, [null, "1", [ALICE], 1.5]]) {
    assert.equal(open.mentionsMe(message(11, { data: { mentions } })), false)
  }
  assert.deepEqual(open.calledIn(message(11, { data: { mentions: [BOB, 99] } })), [{ id: BOB, name: "Bob" }])
})

const lunchOf = (fields) => conversation({ kind: "group", title: "Lunch", ...fields })

test("a direct conversation has the face of the other one, a group its own", () => {
  assert.deepEqual(conversation({ id: 77 }).face, { id: BOB, name: "Bob", avatar: null })
  const pictured = [{ id: ALICE, name: "Alice" }, { id: BOB, name: "Bob", avatar: "/b.webp" }]
  assert.deepEqual(conversation({ members: pictured }).face, { id: BOB, name: "Bob", avatar: "/b.webp" })
  assert.deepEqual(lunchOf({ id: 77, members: pictured }).face, { id: 77, name: "Lunch", avatar: null })
})

test("one person has one name and one picture in all conversations", () => {
  const state = new State(ALICE)
  const direct = state.put(summary({ id: 1 }))
  const lunch = state.put(summary({ id: 2, kind: "group", title: "Lunch" }))
  lunch.meet([{ id: BOB, name: "Robert", avatar: "/r.webp" }])
  assert.deepEqual([direct.name, direct.face.avatar, direct.nameOf(BOB)], ["Robert", "/r.webp", "Robert"])
  assert.deepEqual(direct.members.map(({ name }) => name), ["Alice", "Robert"])
  direct.meet([{ id: BOB, name: "Bob" }]) // by an answer that tells no pictures
  assert.deepEqual(lunch.person(BOB), { id: BOB, name: "Bob", avatar: "/r.webp" })
  lunch.meet([{ id: BOB, name: "Bob", avatar: null }])
  assert.equal(direct.face.avatar, null)
})

test("a list that is told again tells the present names", () => {
  const state = new State(ALICE)
  const direct = state.put(summary())
  state.put(summary({ members: [{ id: ALICE, name: "Alice" }, { id: BOB, name: "Robert" }] }))
  assert.equal(direct.name, "Robert")
})

test("whom the last message names is known with the list, though they left", () => {
  const lunch = lunchOf({ people: [{ id: 9, name: "Gone" }] })
  assert.equal(lunch.nameOf(9), "Gone")
})

test("it is known which messages name strangers", () => {
  const lunch = lunchOf()
  const system = (data) => lunch.namesStrangers(message(11, { sender: null, kind: "system", data }))
  assert.equal(lunch.namesStrangers(message(11)), false)
  assert.equal(lunch.namesStrangers(message(11, { sender: 9 })), true)
  assert.equal(lunch.namesStrangers(message(11, { data: { mentions: [BOB, "x"] } })), false)
  assert.equal(lunch.namesStrangers(message(11, { data: { mentions: [BOB, 9] } })), true)
  assert.equal(system({ event: "added", actor: BOB, users: [ALICE] }), false)
  assert.equal(system({ event: "added", actor: BOB, users: [9] }), true)
  assert.equal(system({ event: "added", actor: BOB, users: [9, 10, 11, 12, 13, 14] }), false)
  assert.equal(system({ event: "left", actor: BOB, owner: 9 }), true)
  assert.equal(system(null), false)
})

test("what the system said is no message that waits, and its numbers are known from the list and from events", () => {
  const open = opened(range(1, 10), { kind: "group", read_number: 6, unread_system: [5, 7, 8] })
  assert.deepEqual([open.unread, open.unreadSaid], [4, 2])
  open.add(message(11, { sender: null, kind: "system", data: { event: "renamed", actor: BOB, title: "Lunch" } }))
  assert.deepEqual([open.unread, open.unreadSaid], [5, 2])
  open.read(8)
  assert.deepEqual([open.unread, open.unreadSaid], [3, 2])
  open.renew(summary({ kind: "group", last_number: 11, read_number: 8, unread_system: [9], marks: [] }))
  assert.equal(open.unreadSaid, 1)
  open.read(10)
  assert.deepEqual([open.unread, open.unreadSaid], [1, 0])
})

test("who changes a group has read that", () => {
  const open = opened(range(1, 10), { kind: "group", read_number: 10 })
  open.add(message(11, { sender: null, kind: "system", data: { event: "renamed", actor: ALICE, title: "Lunch" } }))
  assert.equal(open.unread, 0)
})

test("the title's number is that of the list: without what is muted and what the system said", () => {
  const state = new State(ALICE)
  state.replace([
    summary({ id: 5, last_number: 10, read_number: 7, unread_system: [8] }),
    summary({ id: 6, last_number: 10, read_number: 7, unread_system: [8, 9, 10] }),
    summary({ id: 7, last_number: 10, read_number: 7, muted: true }),
  ])
  assert.equal(state.unread, state.get(5).unreadSaid + state.get(6).unreadSaid)
  assert.equal(state.unread, 2)
})
