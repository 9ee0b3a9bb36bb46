import assert from "node:assert/strict"
import test from "node:test"

import { Cursor } from "../../chat/static/chat/client/cursor.js"

function at(seq) {
  const cursor = new Cursor()
  cursor.start({ epoch: "e", seq })
  return cursor
}

test("knows nothing before it was started", () => {
  assert.equal(new Cursor().known, false)
  assert.equal(at(0).known, true)
})

test("takes each event once, in order", () => {
  const cursor = at(7)
  assert.equal(cursor.take(8), "next")
  assert.equal(cursor.take(8), "duplicate")
  assert.equal(cursor.take(3), "duplicate")
  assert.equal(cursor.seq, 8)
})

test("a gap moves nothing", () => {
  const cursor = at(7)
  assert.equal(cursor.take(9), "gap")
  assert.equal(cursor.seq, 7)
})

test("an accepted moves it like the event that it stands for", () => {
  const cursor = at(7)
  cursor.takeAccepted(8)
  assert.equal(cursor.take(9), "next")
})

test("an accepted before its turn is passed over when the cursor gets there", () => {
  const cursor = at(7)
  cursor.takeAccepted(9)
  assert.equal(cursor.seq, 7)
  assert.equal(cursor.take(8), "next")
  assert.equal(cursor.seq, 9)
  assert.equal(cursor.take(9), "duplicate")
  assert.equal(cursor.take(10), "next")
})
