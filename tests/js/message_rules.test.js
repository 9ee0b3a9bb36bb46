import assert from "node:assert/strict"
import { test } from "node:test"

import { actionsFor, whoHas } from "../../chat/static/chat/page/message_rules.js"

const ME = 1
const NOW = Date.parse("2026-01-01T00:15:00Z")
const now = { me: ME, now: NOW, editSeconds: 900, out: false }
const message = (fields = {}) => ({ sender: ME, kind: "text", body: "Hello", created_at: "2026-01-01T00:00:01Z", ...fields })

test("one's own message may be answered, copied, changed, traced and recalled", () => {
  assert.deepEqual(actionsFor(message(), now), ["reply", "copy", "edit", "readers", "recall"])
})

test("somebody else's may be answered and copied", () => {
  assert.deepEqual(actionsFor(message({ sender: 2 }), now), ["reply", "copy"])
})

test("after the server's time it stays as it is", () => {
  const old = message({ created_at: "2026-01-01T00:00:00Z" })
  assert.deepEqual(actionsFor(old, now), ["reply", "copy", "readers"])
  assert.deepEqual(actionsFor(message(), { ...now, editSeconds: 0 }), ["reply", "copy", "readers"])
})

test("what is out of reach, recalled, on its way or the system's may not be changed", () => {
  assert.deepEqual(actionsFor(message(), { ...now, out: true }), ["copy"])
  for (const fields of [{ recalled_at: "2026-01-01T00:10:00Z" }, { sender: null }, { draft: {} }]) {
    assert.deepEqual(actionsFor(message(fields), now), [])
  }
})

test("what is no text is recalled, not changed; what says nothing is not copied", () => {
  assert.deepEqual(actionsFor(message({ kind: "picture", body: "" }), now), ["reply", "readers", "recall"])
})

test("a trace tells first who has read, then who has it, then the others, and not the sender", () => {
  const step = (id, fields) => ({ event: "message", recipient: { id, name: `u${id}` }, sent: null, read: null, ...fields })
  const steps = [
    step(ME, { sent: { at: "t0" } }), step(2), step(3, { sent: { at: "t3" } }),
    step(4, { sent: { at: "t4" }, read: { no_later_than: "t5" } }), step(3, { event: "edited" }),
  ]
  assert.deepEqual(whoHas(steps, ME).map(({ id, state, at }) => [id, state, at]), [[4, "read", "t5"], [3, "sent", "t3"], [2, "stored", null]])
})
