import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"

import { MOST_WATCHED } from "../../chat/static/chat/client/signs.js"
import { Conversation } from "../../chat/static/chat/page/conversation.js"
import { actionsOn, mayManage } from "../../chat/static/chat/page/group_rules.js"
import { Idle, PATIENCE } from "../../chat/static/chat/page/idle.js"
import { Presence, whomToWatch } from "../../chat/static/chat/page/presence.js"
import { actionOf, LETTERS, MESSAGE_LETTERS, messageAction, neighbour } from "../../chat/static/chat/page/shortcuts.js"
import { State } from "../../chat/static/chat/page/state.js"
import { FakeClock } from "./fakes.js"

const key = (key, more = {}) => ({ key, altKey: false, ctrlKey: false, metaKey: false, ...more })
const reading = { writing: false, single: true }
const writing = { writing: true, single: true }

test("single letters are shortcuts, but not in a text, and they can be turned off", () => {
  assert.equal(actionOf(key("?"), reading), "help")
  assert.equal(actionOf(key("/"), reading), "search")
  assert.equal(actionOf(key("?"), writing), null)
  assert.equal(actionOf(key("r"), { writing: false, single: false }), null)
  assert.equal(actionOf(key("toString"), reading), null)
})

test("on a message letters do the thing at once, where single letters are on", () => {
  assert.equal(messageAction(key("c"), { single: true }), "copy")
  assert.equal(messageAction(key("c"), { single: false }), null)
  assert.equal(messageAction(key("Delete"), { single: false }), "recall")
  assert.equal(messageAction(key("constructor"), { single: true }), null)
})

test("the sheet names every letter", async () => {
  const sheet = await readFile(new URL("../../templates/chat/options.html", import.meta.url), "utf8")
  const [anywhere, onMessages] = sheet.split('id="message-keys"')
  const named = (part) => new Set(Array.from(part.matchAll(/<kbd>(.)<\/kbd>/g), ([, letter]) => letter.toLowerCase()))
  assert.deepEqual([...LETTERS.keys()].filter((letter) => !named(anywhere).has(letter)), [])
  assert.deepEqual([...MESSAGE_LETTERS.keys()].filter((letter) => !named(onMessages).has(letter)), [])
})

test("keys with Alt or Ctrl work everywhere, and those of the browser stay the browser's", () => {
  assert.equal(actionOf(key("ArrowDown", { altKey: true }), writing), "next")
  assert.equal(actionOf(key("ArrowUp", { altKey: true }), reading), "previous")
  assert.equal(actionOf(key("k", { ctrlKey: true }), writing), "search")
  assert.equal(actionOf(key("K", { metaKey: true }), { writing: true, single: false }), "search")
  assert.equal(actionOf(key("c", { ctrlKey: true }), reading), null)
  assert.equal(actionOf(key("c", { altKey: true }), reading), null)
  assert.equal(actionOf(key("k", { ctrlKey: true, isComposing: true }), writing), null)
})

test("next and previous stop at the ends", () => {
  const all = ["a", "b", "c"]
  assert.deepEqual([neighbour(all, "b", 1), neighbour(all, "b", -1)], ["c", "a"])
  assert.deepEqual([neighbour(all, "c", 1), neighbour(all, "a", -1)], ["c", "a"])
  assert.deepEqual([neighbour(all, undefined, 1), neighbour(all, undefined, -1)], ["a", "c"])
  assert.equal(neighbour([], undefined, 1), undefined)
})

test("what a role may do to another one is what the server allows", () => {
  assert.deepEqual(actionsOn("owner", "member"), ["admin", "owner", "remove"])
  assert.deepEqual(actionsOn("owner", "admin"), ["member", "owner", "remove"])
  assert.deepEqual(actionsOn("admin", "member"), ["remove"])
  for (const other of ["admin", "owner"]) assert.deepEqual(actionsOn("admin", other), [])
  for (const other of ["member", "admin", "owner"]) assert.deepEqual(actionsOn("member", other), [])
  assert.deepEqual(["member", "admin", "owner"].map(mayManage), [false, true, true])
})

test("presence is known while one is connected", () => {
  const presence = new Presence()
  assert.equal(presence.of(2), undefined)
  presence.heard({ user: 2, online: true, last_seen: "2026-01-01T00:00:00Z" })
  assert.equal(presence.of(2).state, "online")
  presence.heard({ user: 2, online: true, away: true, last_seen: null })
  assert.deepEqual(presence.of(2), { state: "away", lastSeen: null })
  presence.heard({ user: 2, online: false, last_seen: "2026-01-01T00:00:00Z" })
  assert.deepEqual(presence.of(2), { state: "offline", lastSeen: new Date("2026-01-01T00:00:00Z") })
  presence.forget()
  assert.equal(presence.of(2), undefined)
})

test("those whom one looks at are watched first, and not more than may be", () => {
  const open = { members: [{ id: 1 }, { id: 5 }, { id: 6 }] }
  const conversations = [{ other: 2 }, { other: undefined }, { other: 5 }]
  assert.deepEqual(whomToWatch({ conversations, open, looked: [7], me: 1 }), [7, 5, 6, 2])
  const many = Array.from({ length: 500 }, (_, place) => ({ other: place + 10 }))
  const watched = whomToWatch({ conversations: many, me: 1 })
  assert.deepEqual([watched.length, watched[0]], [MOST_WATCHED, 10])
})

test("who does nothing for a while is idle, once, until they do something", async () => {
  const clock = new FakeClock(), told = []
  const idle = new Idle({ clock, changed: (is) => told.push(is) })
  await clock.pass(PATIENCE - 1)
  idle.seen()
  await clock.pass(PATIENCE - 1)
  assert.deepEqual(told, [])
  await clock.pass(1)
  await clock.pass(10 * PATIENCE)
  assert.deepEqual(told, [true])
  idle.seen()
  idle.seen()
  assert.deepEqual(told, [true, false])
  await clock.pass(PATIENCE)
  assert.deepEqual(told, [true, false, true])
})

test("a clock that is set back makes nobody busy", async () => {
  const clock = new FakeClock(), told = []
  new Idle({ clock, changed: (is) => told.push(is) })
  clock.sleep(-3_600_000)
  await clock.pass(PATIENCE)
  assert.deepEqual(told, [true])
})

const ids = (state, open) => state.sorted(open).map(({ id }) => id)

test("what somebody else opened is in the list once something is said, or one opens it too", () => {
  const state = new State(1)
  const summary = (id, more) => ({
    id, kind: "direct", title: "", created_at: "2026-01-01T00:00:00Z", members: [], marks: [], last_number: 0,
    last_message: null, read_number: 0, muted: false, pinned: false, opened: false, ...more,
  })
  state.replace([summary(1), summary(2, { opened: true }), summary(3, { last_number: 4 }), summary(4, { kind: "group" }), summary(5)])
  assert.deepEqual(ids(state), [4, 3, 2])
  assert.deepEqual(ids(state, state.get(1)), [4, 3, 2, 1])
  state.get(1).add({ id: 9, number: 1, sender: 2, body: "hello", created_at: "2026-01-02T00:00:00Z" })
  assert.deepEqual(ids(state), [1, 4, 3, 2])
  state.put(summary(5, { opened: true }))
  assert.deepEqual(ids(state), [1, 5, 4, 3, 2])
  state.put(summary(5)) // an answer that was on its way
  assert.deepEqual(ids(state), [1, 5, 4, 3, 2])
})

test("what was kept, or came from an older server, is in the list though nothing says who opened it", () => {
  const state = new State(1)
  const { frame } = new Conversation({
    id: 1, kind: "direct", title: "", created_at: "2026-01-01T00:00:00Z", members: [], marks: [], last_number: 3,
    last_message: null, read_number: 0, muted: false, pinned: false, opened: false,
  }, 1)
  state.replace([frame])
  assert.equal(frame.last_number, 0)
  assert.deepEqual(ids(state), [1])
})

test("what is pinned comes first, then the newest", () => {
  const state = new State(1)
  const summary = (id, at, pinned) => ({
    id, kind: "group", title: `g${id}`, created_at: `2026-01-0${at}T00:00:00Z`, members: [], marks: [], last_number: 0,
    last_message: null, read_number: 0, muted: false, pinned,
  })
  state.replace([summary(1, 1, true), summary(2, 3, false), summary(3, 2, true), summary(4, 4, undefined)])
  assert.deepEqual(ids(state), [3, 1, 4, 2])
})
