import assert from "node:assert/strict"
import { test } from "node:test"

import { entries } from "../../chat/static/chat/page/grouping.js"

const ME = 1
const message = (number, fields = {}) => ({
  id: number, number, sender: 2, body: `m${number}`, client_id: null, reply_to: null,
  created_at: new Date(2026, 0, 1, 12, 0, number).toISOString(), ...fields,
})
const at = (...time) => new Date(2026, 0, ...time).toISOString()

function shown(messages, fields = {}) {
  const all = [...entries({ messages, drafts: [], me: ME, answered: () => undefined, ...fields })]
  return all.map(({ day, line, message, joined }) => (day ? "day" : line ? "line" : `${message.number ?? message.body}${joined ? "+" : ""}`))
}

test("a person's messages stand under one name until somebody else speaks or five minutes pass", () => {
  const said = [message(1), message(2), message(3, { sender: 3 }), message(4), message(5, { created_at: at(1, 12, 6) })]
  assert.deepEqual(shown(said), ["day", "1", "2+", "3", "4", "5"])
})

test("each day begins with its name, and names its people anew", () => {
  const said = [message(1, { created_at: at(1, 23, 59) }), message(2, { created_at: at(2, 0, 1) })]
  assert.deepEqual(shown(said), ["day", "1", "day", "2"])
})

test("what is shown first looks as it does in the middle", () => {
  assert.deepEqual(shown([message(2), message(3)], { previous: message(1) }), ["2+", "3+"])
})

test("the line stands once, above the first new message, and wherever it is shown", () => {
  const said = [message(1), message(2), message(3)]
  assert.deepEqual(shown(said, { line: 2 }), ["day", "1", "line", "2", "3+"])
  assert.deepEqual(shown(said.slice(1), { line: 2, previous: said[0] }), ["line", "2", "3+"])
  assert.deepEqual(shown(said.slice(2), { line: 2, previous: said[1] }), ["3+"])
  assert.deepEqual(shown(said.slice(2), { line: 2 }), ["day", "3"], "what is before is not known yet")
  assert.deepEqual(shown(said, { line: 4 }), ["day", "1", "2+", "3+"])
})

test("drafts stand last, until the message is there, under the same key", () => {
  const draft = { client_id: "a", body: "draft", created_at: at(1, 12, 1) }
  const before = [...entries({ messages: [message(1)], drafts: [draft], me: ME })]
  assert.deepEqual(before.map(({ key }) => key).slice(1), [1, "a"])
  assert.equal(before.at(-1).message.draft, draft)
  const own = message(2, { sender: ME, client_id: "a" })
  const after = [...entries({ messages: [message(1), own], drafts: [draft], me: ME })]
  assert.deepEqual(after.map(({ key }) => key).slice(1), [1, "a"])
  assert.equal(after.at(-1).message, own)
})

test("an answer comes with what it answers, as that is known now", () => {
  const tea = message(1)
  const [, , one, other] = entries({
    messages: [tea, message(2, { reply_to: 1 }), message(3, { reply_to: 99 })], drafts: [], me: ME,
    answered: (id) => (id === 1 ? tea : undefined),
  })
  assert.deepEqual([one.answered, other.answered], [tea, undefined])
})
