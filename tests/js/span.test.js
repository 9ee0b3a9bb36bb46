import assert from "node:assert/strict"
import { test } from "node:test"

import { MOST, STEP, Span } from "../../chat/static/chat/page/span.js"

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, place) => ({ number: first + place }))
const ends = ({ shown }) => [shown[0]?.number, shown.at(-1)?.number]

test("at first the newest are shown, and what comes with them", () => {
  const span = new Span()
  assert.deepEqual(ends(span.of(range(1, 1_000))), [951, 1_000])
  assert.deepEqual(ends(span.of(range(1, 1_003))), [951, 1_003])
  assert.equal(span.of(range(1, 1_003)).previous.number, 950)
})

test("a short conversation is shown whole, an empty one not at all", () => {
  const span = new Span()
  assert.deepEqual(ends(span.of([])), [undefined, undefined])
  assert.deepEqual(ends(span.of(range(1, 3))), [1, 3])
  assert.equal(span.of(range(1, 3)).previous, null)
})

test("going back shows more, and never more than the most", () => {
  const span = new Span()
  const messages = range(1, 1_000)
  span.of(messages)
  const seen = []
  while (span.older(messages)) {
    const { shown } = span.of(messages, { atEnd: false })
    assert.ok(shown.length <= MOST)
    seen.push(shown[0].number)
  }
  assert.equal(seen.at(-1), 1)
  assert.equal(seen.length, Math.ceil(950 / STEP))
  assert.deepEqual(ends(span.of(messages, { atEnd: false })), [1, MOST])
  assert.equal(span.open, false)
})

test("coming down again ends at what is newest, and follows it", () => {
  const span = new Span()
  const messages = range(1, 1_000)
  span.around(300)
  assert.deepEqual(ends(span.of(messages, { atEnd: false })), [275, 325])
  while (span.newer(messages)) assert.ok(span.of(messages, { atEnd: false }).shown.length <= MOST)
  assert.equal(span.open, true)
  assert.deepEqual(ends(span.of(range(1, 1_001), { atEnd: true })), [802, 1_001])
})

test("what is known anew before it changes nothing of what is shown", () => {
  const span = new Span()
  const before = span.of(range(51, 100))
  const after = span.of(range(1, 100), { atEnd: false })
  assert.deepEqual(after.shown, before.shown)
  assert.equal(after.previous.number, 50)
})

test("whoever reads further up loses nothing of it to what comes", () => {
  const span = new Span()
  span.of(range(1, 100))
  span.older(range(1, 100))
  const { shown } = span.of(range(1, 400), { atEnd: false })
  assert.deepEqual(ends({ shown }), [1, MOST])
})

test("the end again is the newest alone", () => {
  const span = new Span()
  span.around(300)
  span.toEnd()
  assert.deepEqual(ends(span.of(range(1, 1_000))), [951, 1_000])
})

test("a number that is gone from the window is no reason to show nothing", () => {
  const span = new Span()
  span.around(300)
  assert.equal(span.of(range(1, 1_000)).shown.length, STEP + 1)
  assert.equal(span.of(range(320, 400), { atEnd: false }).shown[0].number, 320)
})
