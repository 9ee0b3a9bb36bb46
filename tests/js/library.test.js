import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"

import { Library } from "../../chat/static/chat/page/library.js"
import { FakeClock, settle } from "./fakes.js"

const ME = 1
const urls = { inbox: "/inbox", conversations: "/conversations", messages: "/messages" }

let asked, answers, library, changes, clock

beforeEach(() => {
  globalThis.location = { href: "http://chat/" }
  asked = []
  changes = 0
  clock = new FakeClock() // what one test leaves waiting, no other one hears of
  globalThis.fetch = (url) => new Promise((resolve, reject) => {
    const answer = (body, status = 200) => resolve({ ok: status < 400, status, headers: new Headers(), json: async () => body })
    asked.push({ path: url.pathname, query: Object.fromEntries(url.searchParams), answer, fail: reject })
  })
  library = new Library({ me: ME, urls, changed: () => { changes += 1 }, clock })
})

afterEach(() => { delete globalThis.location })

const message = (number) => ({ id: number, number, conversation: 5, sender: 2, body: `m${number}`, created_at: `2026-01-01T00:00:0${number % 10}Z` })

const summary = (last = 0) => ({
  id: 5, kind: "direct", title: "", created_at: "2026-01-01T00:00:00Z", members: [], marks: [], member_count: 2,
  last_number: last, last_message: last ? message(last) : null, read_number: 0,
})

async function known() {
  const loading = library.load()
  asked[0].answer({ epoch: "e", head: 7 })
  await settle()
  asked[1].answer({ results: [summary(3)], next: null })
  await loading
  return library.state.get(5)
}

test("the head is asked for first: what comes after it is an event", async () => {
  const loading = library.load()
  assert.deepEqual(asked.map(({ path }) => path), ["/inbox"])
  asked[0].answer({ epoch: "e", head: 7 })
  await settle()
  assert.deepEqual(asked.map(({ path }) => path), ["/inbox", "/conversations"])
  asked[1].answer({ results: [], next: null })
  assert.deepEqual(await loading, { epoch: "e", seq: 7 })
})

test("what was kept of the conversations is there until they are loaded", async () => {
  library.takeUp([{ ...summary(), title: "kept" }])
  const kept = library.state.get(5)
  assert.deepEqual([kept.title, library.loaded, changes], ["kept", false, 1])
  library.takeUp([{ ...summary(), title: "kept" }]) // the next attempt failed too
  assert.equal(library.state.get(5), kept)
  const conversation = await known()
  assert.deepEqual([conversation.title, conversation.lastNumber], ["", 3])
  library.takeUp([{ ...summary(), id: 6 }]) // a later attempt failed
  assert.equal(library.state.get(5), conversation)
})

test("what else is loaded waits for the head, and the rest for it", async () => {
  let begun = false, failed
  const loading = library.load(() => { begun = true; return new Promise((_, reject) => { failed = reject }) })
  assert.equal(begun, false)
  asked[0].answer({ epoch: "e", head: 7 })
  await settle()
  assert.deepEqual([begun, asked.length], [true, 2])
  asked[1].answer({ results: [], next: null })
  failed(new Error("away"))
  await assert.rejects(loading, /away/)
})

test("a state that could not be had is told with its status", async () => {
  const loading = library.load()
  asked[0].answer({ code: "unauthenticated", message: "Sign in first." }, 401)
  await assert.rejects(loading, { status: 401, code: "unauthenticated" })
})

test("what an unknown conversation says while it is fetched is not lost", async () => {
  assert.equal(library.apply(message(1)), undefined)
  library.apply(message(2))
  assert.equal(asked.length, 1)
  asked[0].answer(summary(1))
  await settle()
  assert.equal(library.state.get(5).lastNumber, 2)
})

test("an unknown conversation that is none of ours is forgotten", async () => {
  const opening = library.open(5)
  asked[0].answer({ code: "not_found" }, 404)
  assert.equal(await opening, false)
})

test("a history that could not be had is asked for again when it is wanted again", async () => {
  const conversation = await known()
  const opening = library.open(5)
  asked[2].fail(new TypeError("Failed to fetch"))
  await opening
  assert.equal(library.hasFailed(conversation), true)
  const again = library.open(5)
  asked[3].answer({ results: [message(1), message(2), message(3)], people: [{ id: 2, name: "Bob" }] })
  await again
  assert.equal(library.hasFailed(conversation), false)
  assert.equal(conversation.messages.length, 3)
  assert.equal(conversation.nameOf(2), "Bob")
})

test("what was read while nobody was connected is told by the list", async () => {
  const conversation = await known()
  assert.equal(conversation.unread, 3)
  const refreshing = library.refresh()
  asked[2].answer({ results: [{ ...summary(3), read_number: 2 }, { ...summary(1), id: 6 }], next: null })
  await refreshing
  assert.equal(library.state.get(5), conversation)
  assert.equal(conversation.unread, 1)
  assert.equal(library.state.get(6).lastNumber, 1)
})

test("a list that could not be had changes nothing", async () => {
  const conversation = await known()
  const refreshing = library.refresh()
  asked[2].fail(new TypeError("Failed to fetch"))
  await refreshing
  assert.equal(conversation.unread, 3)
})

test("one page of history at a time", async () => {
  const conversation = await known()
  library.open(5)
  asked[2].answer({ results: [message(3)], people: [] })
  await settle()
  library.fetchOlder(conversation)
  library.fetchOlder(conversation)
  assert.equal(asked.length, 4)
  assert.equal(asked[3].query.before, "3")
})

const said = (number, event) => ({ ...message(number), sender: null, kind: "system", data: { event } })

test("what the system says of a conversation renews it, once for all that comes together", async () => {
  const conversation = await known()
  library.apply(said(4, "renamed"))
  library.apply(said(5, "added"))
  assert.equal(asked.length, 2)
  await clock.pass(200)
  assert.deepEqual(asked.slice(2).map(({ path }) => path), ["/conversations/5"])
  asked[2].answer({ ...summary(5), title: "Dinner", member_count: 3, members: [{ id: 9, name: "Zoe" }] })
  await settle()
  assert.deepEqual([conversation.title, conversation.memberCount, conversation.nameOf(9)], ["Dinner", 3, "Zoe"])
  library.apply(said(6, "renamed"))
  await clock.pass(200)
  assert.equal(asked.length, 4)
})

const outOf = { ...said(4), data: { event: "removed", actor: 2, users: [ME] } }

test("who is out of a conversation keeps what is shown, and asks for nothing of it", async () => {
  const conversation = await known()
  library.open(5)
  asked[2].answer({ results: [message(3)], people: [] })
  await settle()
  library.apply(outOf)
  await clock.pass(200)
  library.fetchOlder(conversation)
  assert.equal(await library.open(5), true)
  assert.equal(asked.length, 3)
  assert.deepEqual(conversation.messages.map(({ number }) => number), [3, 4])
})

test("what one was never shown before one was out is none of one's own", async () => {
  await known()
  library.apply(outOf)
  assert.equal(await library.open(5), false)
  assert.equal(asked.length, 2)
})

test("a conversation that one is added to is fetched, and its history can be", async () => {
  library.apply({ ...said(9), data: { event: "added", actor: 2, users: [ME] } })
  asked[0].answer({ ...summary(3), title: "Lunch" })
  await settle()
  assert.deepEqual([library.state.get(5).name, library.state.get(5).lastNumber, library.state.get(5).out], ["Lunch", 9, false])
  library.open(5)
  assert.equal(asked[1].path, "/conversations/5/messages")
})

test("an edit of what an unknown conversation just said is not lost", async () => {
  library.apply(message(1))
  library.change({ ...message(1), body: "better" })
  library.change({ ...message(7), conversation: 6 })
  asked[0].answer(summary(1))
  await settle()
  assert.equal(library.state.get(5).lastMessage.body, "better")
})

test("what people say renews nothing", async () => {
  await known()
  library.apply(message(4))
  await clock.pass(1_000)
  assert.equal(asked.length, 2)
})

const page = (first, last) => ({ results: Array.from({ length: last - first + 1 }, (_, place) => message(first + place)), people: [] })

async function opened(last = 200) {
  const loading = library.load()
  asked[0].answer({ epoch: "e", head: 7 })
  await settle()
  asked[1].answer({ results: [summary(last)], next: null })
  await loading
  library.open(5)
  asked[2].answer(page(last - 49, last))
  await settle()
  return library.state.get(5)
}

test("another part of the history is asked for around its message, after what is on its way", async () => {
  const conversation = await opened()
  library.fetchOlder(conversation)
  const jump = library.fetchAround(conversation, 80)
  await settle()
  assert.equal(asked.length, 4)
  asked[3].answer(page(101, 150))
  await settle()
  assert.deepEqual([asked[4].query.after, asked[4].query.limit], ["54", "50"])
  asked[4].answer(page(55, 104))
  assert.equal(await jump, true)
  assert.deepEqual([conversation.messages[0].number, conversation.messages.length], [55, 50])
})

test("a message that is not kept leaves what is shown", async () => {
  const conversation = await opened()
  const jump = library.fetchAround(conversation, 3)
  await settle()
  asked[3].answer(page(60, 109))
  assert.equal(await jump, false)
  assert.equal(conversation.messages[0].number, 151)
})

test("from an older part one comes on to newer ones, or back to the newest", async () => {
  const conversation = await opened()
  const jump = library.fetchAround(conversation, 80)
  await settle()
  asked[3].answer(page(55, 104))
  await jump
  library.fetchNewer(conversation)
  library.fetchNewer(conversation)
  assert.deepEqual([asked.length, asked[4].query.after], [5, "104"])
  asked[4].answer(page(105, 154))
  await settle()
  library.fetchLatest(conversation)
  await settle()
  asked[5].answer(page(151, 200))
  await settle()
  assert.deepEqual([conversation.messages[0].number, conversation.attached], [151, true])
  await library.fetchNewer(conversation)
  await library.fetchLatest(conversation)
  assert.equal(asked.length, 6)
})

test("what a message answers is asked for once, and shown when it is there", async () => {
  const conversation = await opened()
  assert.equal(library.quoted(conversation, 7), undefined)
  library.quoted(conversation, 7)
  assert.deepEqual(asked.slice(3).map(({ path }) => path), ["/messages/7"])
  asked[3].answer({ ...message(7), id: 7 })
  await settle()
  assert.equal(library.quoted(conversation, 7).body, "m7")
})

test("what is answered and not kept is not asked for again; what could not be had is, on the next connection", async () => {
  const conversation = await opened()
  library.quoted(conversation, 7)
  library.quoted(conversation, 8)
  asked[3].answer({ code: "not_found" }, 404)
  asked[4].fail(new TypeError("Failed to fetch"))
  await settle()
  library.forgetFailures()
  library.quoted(conversation, 7)
  library.quoted(conversation, 8)
  assert.deepEqual(asked.slice(5).map(({ path }) => path), ["/messages/8"])
})

const conversationOf = async (last = 3) => {
  const conversation = await opened(last)
  conversation.meet([{ id: 2, name: "Bob" }])
  return conversation
}

test("who is named in a message and not known is asked for, once for all that come together", async () => {
  const conversation = await conversationOf(200)
  library.apply(message(201))
  library.apply({ ...message(202), sender: 30 })
  library.apply({ ...message(203), data: { mentions: [31] } })
  await clock.pass(200)
  await settle()
  assert.deepEqual([asked.length, asked[3].path, asked[3].query], [4, "/conversations/5/messages", { after: "201", limit: "2" }])
  let known = false
  library.introduced(conversation).then(() => { known = true })
  await settle()
  assert.equal(known, false)
  asked[3].answer({ results: [], people: [{ id: 30, name: "Xu", avatar: "/x" }, { id: 31, name: "Yi" }] })
  await settle()
  assert.deepEqual([known, conversation.person(30).avatar, conversation.nameOf(31)], [true, "/x", "Yi"])
  library.apply({ ...message(204), sender: 30 })
  await clock.pass(200)
  await settle()
  assert.equal(asked.length, 4)
})

test("of whom the system speaks is asked for, where the conversation's description does not tell them", async () => {
  const conversation = await conversationOf(200)
  library.apply({ ...said(201), data: { event: "added", actor: 2, users: [30] } })
  library.apply({ ...said(202), data: { event: "left", actor: 30 } })
  library.apply({ ...said(203), data: { event: "added", actor: 2, users: [31] } })
  await clock.pass(200)
  await settle()
  assert.equal(asked[3].path, "/conversations/5")
  asked[3].answer({ ...summary(203), people: [{ id: 31, name: "Yi" }] })
  await settle()
  assert.deepEqual(asked[4].query, { after: "200", limit: "2" })
  asked[4].answer({ results: [], people: [{ id: 30, name: "Xu" }] })
  await settle()
  assert.deepEqual([conversation.nameOf(30), conversation.nameOf(31), asked.length], ["Xu", "Yi", 5])
})

test("who could not be had is asked for on the next connection", async () => {
  const conversation = await conversationOf(200)
  library.apply({ ...message(201), sender: 30 })
  await clock.pass(200)
  await settle()
  asked[3].fail(new TypeError("Failed to fetch"))
  await settle()
  library.refresh()
  asked[4].answer({ results: [], next: null })
  await settle()
  assert.deepEqual(asked[5].query, { after: "200", limit: "1" })
  asked[5].answer({ results: [], people: [{ id: 30, name: "Xu" }] })
  await settle()
  assert.equal(conversation.nameOf(30), "Xu")
})

test("who wrote what is answered is known too", async () => {
  const conversation = await conversationOf(200)
  library.quoted(conversation, 7)
  asked[3].answer({ ...message(7), id: 7, sender: 30 })
  await settle()
  assert.deepEqual(asked[4].query, { after: "6", limit: "1" })
})

test("who comes back to a conversation sees its people as they are called now", async () => {
  const conversation = await conversationOf(200)
  assert.equal(await library.open(5), true)
  await clock.pass(200)
  assert.deepEqual(asked.slice(3).map(({ path }) => path), ["/conversations/5"])
  asked[3].answer({ ...summary(200), members: [{ id: 2, name: "Robert" }] })
  await settle()
  assert.equal(conversation.nameOf(2), "Robert")
})

test("members are found page by page, until there are no others", async () => {
  const conversation = await known()
  const finding = library.findMembers(conversation, "an")
  assert.deepEqual([asked[2].path, asked[2].query], ["/conversations/5/members", { q: "an", limit: "200" }])
  asked[2].answer({ results: [{ id: 8, name: "Anna" }], next: "8" })
  await settle()
  assert.equal(asked[3].query.cursor, "8")
  asked[3].answer({ results: [{ id: 9, name: "An" }], next: null })
  assert.deepEqual(await finding, { people: [{ id: 8, name: "Anna" }, { id: 9, name: "An" }], complete: true })
  assert.equal(conversation.nameOf(9), "An")
})

test("of two clicks for more one asks, and what failed is asked for again", async () => {
  const loading = library.load()
  asked[0].answer({ epoch: "e", head: 7 })
  await settle()
  asked[1].answer({ results: [summary(3)], next: "page 2" })
  await settle()
  asked[2].answer({ results: [], next: null }) // what is pinned
  await loading
  const both = [library.loadMore(), library.loadMore()]
  assert.equal(asked.length, 4)
  asked[3].fail(new Error("away"))
  await Promise.all(both.map((one) => assert.rejects(one, /away/)))
  assert.equal(library.hasMore, true)
  const more = library.loadMore()
  assert.deepEqual(asked[4].query, { cursor: "page 2" })
  asked[4].answer({ results: [{ ...summary(1), id: 6 }], next: null })
  await more
  assert.deepEqual([library.hasMore, library.state.get(6).id], [false, 6])
})
