import assert from "node:assert/strict"
import { test } from "node:test"

import { Unfinished } from "../../chat/static/chat/page/unfinished.js"
import { FakeStorage } from "./fakes.js"

const NOTHING = { body: "", reply_to: null, called: [] }

test("what was begun is there again after a reload, each person's and each conversation's", () => {
  const storage = new FakeStorage()
  new Unfinished({ storage, user: 1 }).set(5, { body: "half a thou", reply_to: 7, called: [{ id: 9, name: "Zoe" }] })
  const after = new Unfinished({ storage, user: 1 })
  assert.deepEqual(after.get(5), { body: "half a thou", reply_to: 7, called: [{ id: 9, name: "Zoe" }] })
  assert.deepEqual(after.get(6), NOTHING)
  assert.deepEqual(new Unfinished({ storage, user: 2 }).get(5), NOTHING)
})

test("what was sent leaves nothing in the storage", () => {
  const storage = new FakeStorage()
  const unfinished = new Unfinished({ storage, user: 1 })
  unfinished.set(5, { body: "x", reply_to: null })
  unfinished.set(5, { body: "", reply_to: null })
  assert.deepEqual([unfinished.get(5), storage.length], [NOTHING, 0])
})

test("where nothing can be stored it lives as long as the page", () => {
  const storage = new FakeStorage()
  storage.full = true
  const unfinished = new Unfinished({ storage, user: 1 })
  unfinished.set(5, { body: "x", reply_to: null })
  assert.equal(unfinished.get(5).body, "x")
  storage.full = false
  unfinished.set(5, { body: "xy", reply_to: null })
  assert.equal(new Unfinished({ storage, user: 1 }).get(5).body, "xy")
})

test("it says where another tab changed what was begun", () => {
  const unfinished = new Unfinished({ storage: new FakeStorage(), user: 1 })
  assert.equal(unfinished.conversationOf("imsite.unfinished.1.5"), 5)
  for (const key of ["imsite.unfinished.2.5", "imsite.device", null]) assert.equal(unfinished.conversationOf(key), null)
})

test("what somebody else put there is nothing", () => {
  const storage = new FakeStorage()
  const unfinished = new Unfinished({ storage, user: 1 })
  for (const text of ["{", "null", "{\"body\": 5}", "[]"]) {
    storage.setItem("imsite.unfinished.1.5", text)
    assert.deepEqual(unfinished.get(5), NOTHING)
  }
  storage.setItem("imsite.unfinished.1.5", "{\"body\": \"x\", \"called\": [null, 5, {\"id\": \"y\"}, {\"id\": 9, \"name\": \"Zoe\", \"x\": 1}]}")
  assert.deepEqual(unfinished.get(5).called, [{ id: 9, name: "Zoe" }])
  storage.setItem("imsite.unfinished.1.5", "{\"body\": \"x\", \"reply_to\": \"y\"}")
  assert.deepEqual(unfinished.get(5), { body: "x", reply_to: null, called: [] })
})
