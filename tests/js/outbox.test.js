import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Outbox } from "../../chat/static/chat/client/outbox.js"
import { FakeClock, FakeStorage } from "./fakes.js"

let storage, clock, outbox

beforeEach(() => {
  storage = new FakeStorage()
  clock = new FakeClock()
  outbox = new Outbox({ storage, user: 1, now: clock.now })
})

const bodies = (drafts) => drafts.map((draft) => draft.body)
const write = (body, conversation = 5) => outbox.add({ conversation, body })

test("survives a reload, in order, until it is accepted", () => {
  const first = write("one")
  write("two")
  outbox.accepted(first.client_id)
  write("three")
  assert.deepEqual(bodies(new Outbox({ storage, user: 1 }).all()), ["two", "three"])
})

test("is one per user", () => {
  write("mine")
  assert.deepEqual(new Outbox({ storage, user: 2 }).all(), [])
})

test("two tabs don't overwrite each other", () => {
  const other = new Outbox({ storage, user: 1, now: clock.now })
  write("here")
  other.add({ conversation: 5, body: "there" })
  assert.equal(new Outbox({ storage, user: 1 }).all().length, 2)
})

test("only the first of each conversation has its turn", () => {
  write("one")
  write("two")
  write("elsewhere", 6)
  assert.deepEqual(bodies(outbox.ready()), ["one", "elsewhere"])
})

test("a busy server is asked again later, and nobody overtakes", async () => {
  const first = write("one")
  write("two")
  outbox.wait(first.client_id, clock.now() + 500)
  assert.deepEqual(outbox.ready(), [])
  assert.equal(outbox.nextTurn(), clock.now() + 500)
  await clock.pass(500)
  assert.deepEqual(bodies(outbox.ready()), ["one"])
})

test("on a new connection nothing is on its way", () => {
  const first = write("one")
  outbox.wait(first.client_id, clock.now() + 15_000)
  outbox.reconnected()
  assert.deepEqual(bodies(outbox.ready()), ["one"])
})

test("what failed for good waits for its writer and holds up nobody, after a reload too", () => {
  const first = write("one")
  write("two")
  outbox.failed(first.client_id, { code: "too_large", message: "This is too long." })
  assert.deepEqual(bodies(outbox.ready()), ["two"])
  const reloaded = new Outbox({ storage, user: 1 })
  assert.equal(reloaded.get(first.client_id).failed.code, "too_large")
})

test("trying again keeps the id and goes to the end", () => {
  const first = write("one")
  write("two")
  outbox.failed(first.client_id, { code: "not_found", message: "" })
  assert.equal(outbox.retry(first.client_id).client_id, first.client_id)
  assert.deepEqual(bodies(outbox.all()), ["two", "one"])
  assert.deepEqual(bodies(new Outbox({ storage, user: 1 }).all()), ["two", "one"])
})

test("after a conflict the id belongs to another message", () => {
  const first = write("one")
  outbox.failed(first.client_id, { code: "conflict", message: "" })
  assert.notEqual(outbox.retry(first.client_id).client_id, first.client_id)
  assert.equal(new Outbox({ storage, user: 1 }).all().length, 1)
})

test("what was discarded is gone", () => {
  outbox.discard(write("one").client_id)
  assert.deepEqual(new Outbox({ storage, user: 1 }).all(), [])
})

test("a full storage keeps nothing but the page", () => {
  storage.full = true
  write("one")
  assert.equal(outbox.persistent, false)
  assert.deepEqual(bodies(outbox.ready()), ["one"])
})

test("ids are UUIDs of version 4", () => {
  assert.match(write("one").client_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
