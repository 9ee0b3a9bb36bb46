import assert from "node:assert/strict"
import { test } from "node:test"

import { NewLine } from "../../chat/static/chat/page/new_line.js"

const state = (readNumber, lastNumber, floorNumber = 0) => (
  { readNumber, floorNumber, unread: Math.max(0, lastNumber - Math.max(readNumber, floorNumber)) })

test("it stands above the first unread one when a conversation is opened, if there is one", () => {
  const line = new NewLine()
  line.turnTo(state(10, 15))
  assert.equal(line.number, 11)
  line.turnTo(state(15, 15))
  assert.equal(line.number, null)
  line.turnTo(state(0, 15, 12))
  assert.equal(line.number, 13)
})

test("it stays while one reads, and when more comes meanwhile", () => {
  const line = new NewLine()
  line.turnTo(state(10, 15))
  line.update(state(13, 15), true)
  line.update(state(13, 16), false)
  assert.equal(line.number, 11)
  line.update(state(16, 16), true)
  assert.equal(line.number, 11)
})

test("what comes while one looks draws no line; what comes while one looks away does, once", () => {
  const line = new NewLine()
  line.turnTo(state(10, 10))
  line.update(state(10, 11), true)
  assert.equal(line.number, null)
  line.update(state(11, 11), true)
  line.update(state(11, 12), false)
  line.update(state(11, 13), false)
  assert.equal(line.number, 12)
})

test("after all was read, the next time it moves", () => {
  const line = new NewLine()
  line.turnTo(state(10, 15))
  line.update(state(15, 15), true)
  line.update(state(15, 17), false)
  assert.equal(line.number, 16)
  line.clear()
  line.update(state(15, 18), false)
  assert.equal(line.number, null)
})
