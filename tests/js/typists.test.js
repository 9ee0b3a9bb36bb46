import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Typists } from "../../chat/static/chat/page/typists.js"
import { FakeClock } from "./fakes.js"

let clock, typists

beforeEach(() => {
  clock = new FakeClock()
  typists = new Typists({ clock })
})

test("somebody types until five seconds after the last hint", async () => {
  typists.heard({ conversation: 5, user: 2 })
  await clock.pass(3_000)
  typists.heard({ conversation: 5, user: 2 })
  await clock.pass(4_999)
  assert.deepEqual([typists.in(5), typists.next], [[2], 1])
  await clock.pass(1)
  assert.deepEqual([typists.in(5), typists.next], [[], null])
})

test("a clock that is set back leaves nobody typing", async () => {
  typists.heard({ conversation: 5, user: 2 })
  clock.sleep(-3_600_000)
  await clock.pass(5_000)
  assert.deepEqual(typists.in(5), [])
})

test("the message ends it, in its conversation", () => {
  typists.heard({ conversation: 5, user: 2 })
  typists.heard({ conversation: 5, user: 3 })
  typists.heard({ conversation: 6, user: 2 })
  typists.said({ conversation: 5, sender: 2 })
  typists.said({ conversation: 7, sender: 2 })
  assert.deepEqual([typists.in(5), typists.in(6), typists.in(7)], [[3], [2], []])
})

test("the next end is told though nobody asks about that conversation", async () => {
  typists.heard({ conversation: 6, user: 2 })
  await clock.pass(4_000)
  typists.heard({ conversation: 5, user: 2 })
  await clock.pass(2_000)
  assert.equal(typists.next, 3_000)
})
