import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { EarlierDrafts } from "../../chat/static/chat/client/earlier_drafts.js"
import { Outbox } from "../../chat/static/chat/client/outbox.js"
import { Tabs } from "../../chat/static/chat/client/tabs.js"
import { FakeBrowser, FakeClock, FakeStorage, settle } from "./fakes.js"

let browser, clock, outbox

beforeEach(async () => {
  browser = new FakeBrowser()
  clock = new FakeClock()
  outbox = await another()
})

const bodies = (drafts) => drafts.map((draft) => draft.body)
const write = (body, conversation = 5) => outbox.add({ conversation, body })

// The outbox of another page of the same browser.
async function another({ user = 1, earlier = null, store } = {}) {
  const tab = browser.tab()
  const tabs = new Tabs({ name: `t${user}`, BroadcastChannel: tab.BroadcastChannel })
  tabs.open()
  const outbox = new Outbox({ store: store === null ? null : tab.store, user, clock, tabs, earlier, changed: () => {} })
  await outbox.open()
  return outbox
}

test("survives a reload, in order, until it is accepted", async () => {
  const first = write("one")
  write("two")
  outbox.accepted(first.client_id)
  write("three")
  await settle()
  assert.deepEqual(bodies((await another()).all()), ["two", "three"])
})

test("is one per user", async () => {
  write("mine")
  await settle()
  assert.deepEqual((await another({ user: 2 })).all(), [])
})

test("is there at once, and has its turn when it is kept", async () => {
  let keep
  browser.late = () => new Promise((resolve) => { keep = resolve })
  write("one")
  await settle()
  assert.deepEqual(bodies(outbox.all()), ["one"])
  assert.deepEqual(outbox.ready(), [])
  keep()
  await settle()
  assert.deepEqual(bodies(outbox.ready()), ["one"])
})

test("two tabs see the same, in the order in which it was written", async () => {
  const other = await another()
  write("here")
  other.add({ conversation: 5, body: "there" })
  write("here again")
  await settle()
  for (const tab of [outbox, other]) assert.deepEqual(bodies(tab.all()), ["here", "there", "here again"])
})

test("what one tab drops or fails, is so in the other", async () => {
  const other = await another()
  const [one, two] = [write("one"), write("two")]
  await settle()
  other.accepted(one.client_id)
  other.failed(two.client_id, { code: "not_found", message: "" })
  await settle()
  assert.deepEqual(outbox.all().map(({ body, failed }) => [body, failed.code]), [["two", "not_found"]])
})

test("what another tab has sent is shown until it comes as a message", async () => {
  const other = await another()
  const one = write("one")
  write("two")
  await settle()
  other.accepted(one.client_id)
  await settle()
  assert.deepEqual(outbox.shown(5).map(({ body, accepted = false }) => [body, accepted]), [["one", true], ["two", false]])
  assert.deepEqual(bodies(outbox.all()), ["two"]) // it does not wait any more
  assert.deepEqual(bodies(outbox.shown(6)), [])
  outbox.accepted(one.client_id)
  assert.deepEqual(bodies(outbox.shown(5)), ["two"])
})

test("what another tab has sent is shown no more once the state was loaded, or where it was discarded", async () => {
  const other = await another()
  const [one, two] = [write("one"), write("two")]
  await settle()
  other.discard(two.client_id)
  other.accepted(one.client_id)
  await settle()
  assert.deepEqual(bodies(outbox.shown(5)), ["one"])
  outbox.loaded()
  assert.deepEqual(bodies(outbox.shown(5)), [])
})

test("what has come as a message is not shown again by another tab's word", async () => {
  const other = await another()
  const one = write("one")
  await settle()
  outbox.accepted(one.client_id)
  other.accepted(one.client_id)
  await settle()
  assert.deepEqual([...outbox.shown(5), ...other.shown(5)], [])
})

test("what is accepted before one hears of it does not wait any more, in no tab", async () => {
  browser.late = () => new Promise((resolve) => setImmediate(resolve))
  const other = await another()
  const { client_id } = write("one")
  assert.equal(other.accepted(client_id), undefined)
  await settle(30)
  assert.deepEqual([...other.all(), ...outbox.all(), ...browser.drafts], [])
})

test("what another tab dropped is not brought back by a failure", async () => {
  const other = await another()
  const { client_id } = write("one")
  await settle()
  other.accepted(client_id)
  outbox.failed(client_id, { code: "invalid", message: "" })
  await settle()
  assert.deepEqual([...outbox.all(), ...browser.drafts], [])
})

test("a tab that dies loses nothing of what was kept", async () => {
  write("one")
  await settle()
  const other = await another()
  assert.deepEqual(bodies(other.ready()), ["one"])
})

test("only the first of each conversation has its turn", async () => {
  write("one")
  write("two")
  write("elsewhere", 6)
  await settle()
  assert.deepEqual(bodies(outbox.ready()), ["one", "elsewhere"])
})

test("a busy server is asked again later, and nobody overtakes", async () => {
  const first = write("one")
  write("two")
  await settle()
  outbox.wait(first.client_id, 500)
  assert.deepEqual(outbox.ready(), [])
  assert.equal(outbox.untilNextTurn(), 500)
  await clock.pass(500)
  assert.deepEqual(bodies(outbox.ready()), ["one"])
})

test("a clock that is set back makes nobody wait longer", async () => {
  clock.sleep(3_600_000)
  const first = write("one")
  await settle()
  outbox.wait(first.client_id, 500)
  clock.sleep(-3_600_000)
  assert.equal(outbox.untilNextTurn(), 500)
})

test("on a new connection nothing is on its way", async () => {
  const first = write("one")
  await settle()
  outbox.wait(first.client_id, 15_000)
  outbox.reconnected()
  assert.deepEqual(bodies(outbox.ready()), ["one"])
})

test("what failed for good waits for its writer and holds up nobody, after a reload too", async () => {
  const first = write("one")
  write("two")
  outbox.failed(first.client_id, { code: "too_large", message: "This is too long." })
  await settle()
  assert.deepEqual(bodies(outbox.ready()), ["two"])
  const reloaded = await another()
  assert.equal(reloaded.get(first.client_id).failed.code, "too_large")
})

test("trying again keeps the id and goes to the end", async () => {
  const first = write("one")
  write("two")
  outbox.failed(first.client_id, { code: "not_found", message: "" })
  assert.equal(outbox.retry(first.client_id).client_id, first.client_id)
  assert.deepEqual(bodies(outbox.all()), ["two", "one"])
  await settle()
  assert.deepEqual(bodies(outbox.all()), ["two", "one"])
  assert.deepEqual(bodies((await another()).all()), ["two", "one"])
})

test("after a conflict the id belongs to another message", async () => {
  const first = write("one")
  outbox.failed(first.client_id, { code: "conflict", message: "" })
  assert.notEqual(outbox.retry(first.client_id).client_id, first.client_id)
  await settle()
  assert.equal((await another()).all().length, 1)
})

test("what was discarded is gone", async () => {
  outbox.discard(write("one").client_id)
  await settle()
  assert.deepEqual((await another()).all(), [])
})

test("a full store keeps nothing but the page, and what is in the page is sent by it alone", async () => {
  browser.full = true
  write("one")
  await settle()
  assert.equal(outbox.persistent, false)
  assert.deepEqual(bodies(outbox.ready(false)), ["one"])
  assert.deepEqual((await another()).all(), [])
  outbox.accepted(outbox.all()[0].client_id)
  await settle()
  assert.equal(outbox.persistent, true)
})

test("without a store it lives as long as the page", async () => {
  outbox = await another({ store: null })
  assert.equal(outbox.persistent, false)
  write("one")
  await settle()
  assert.deepEqual(bodies(outbox.ready(false)), ["one"])
})

test("a store that never answers is done without", async () => {
  browser.hangs = true
  write("one")
  await clock.pass(4_999)
  assert.deepEqual(outbox.ready(), [])
  await clock.pass(1)
  write("two")
  await settle()
  assert.deepEqual(bodies(outbox.ready()), ["one"])
  assert.deepEqual(bodies(outbox.all()), ["one", "two"])
  assert.equal(outbox.persistent, false)
})

function left(...drafts) {
  const storage = new FakeStorage()
  for (const draft of drafts) storage.setItem(`imsite.outbox.1.${draft.client_id}`, JSON.stringify(draft))
  storage.setItem("imsite.outbox.2.z", JSON.stringify({ client_id: "z", order: 1 }))
  storage.setItem("imsite.device", "d")
  return storage
}

const earlierOf = (storage) => new EarlierDrafts({ storage, user: 1 })
const OLD = [
  { client_id: "b", conversation: 5, body: "second", order: 8 }, { client_id: "a", conversation: 5, body: "first", order: 7 },
]

test("what an earlier version kept in localStorage is taken over once, in order", async () => {
  const storage = left(...OLD)
  const [one, other] = await Promise.all([another({ earlier: earlierOf(storage) }), another({ earlier: earlierOf(storage) })])
  await settle()
  for (const tab of [one, other]) assert.deepEqual(bodies(tab.ready()), ["first"])
  assert.deepEqual(bodies(browser.drafts), ["first", "second"])
  assert.deepEqual([storage.length, storage.getItem("imsite.device")], [2, "d"])
})

test("where nothing can be kept, it stays in localStorage until it is accepted", async () => {
  const storage = left(...OLD)
  outbox = await another({ earlier: earlierOf(storage), store: null })
  assert.deepEqual(bodies(outbox.all()), ["first", "second"])
  assert.equal(storage.length, 4)
  outbox.accepted("a")
  await settle()
  assert.deepEqual([storage.length, storage.getItem("imsite.outbox.1.a")], [3, null])
})

test("ids are UUIDs of version 4", () => {
  assert.match(write("one").client_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
