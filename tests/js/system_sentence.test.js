import assert from "node:assert/strict"
import { test } from "node:test"

import { systemSentence } from "../../chat/static/chat/page/system_sentence.js"

const people = { 1: "Alice", 2: "Bob", 3: "Charlie", 4: "Dora", 5: "Eve", 6: "Fred", 7: "Gus" }
const nameOf = (id) => people[id]
const say = (data, body = "In English.") => systemSentence({ body, data }, nameOf)

const SENTENCES = [
  [{ event: "created", actor: 1, title: "Lunch", users: [] }, "Alice made the group “Lunch”."],
  [{ event: "created", actor: 1, title: "Lunch", users: [2, 3] }, "Alice made the group “Lunch” with Bob and Charlie."],
  [{ event: "renamed", actor: 1, title: "{actor} $& <b>" }, "Alice renamed the group to “{actor} $& <b>”."],
  [{ event: "added", actor: 1, users: [2] }, "Alice added Bob."],
  [{ event: "added", actor: 1, users: [2, 3, 4, 5, 6] }, "Alice added Bob, Charlie, Dora, Eve, and Fred."],
  [{ event: "added", actor: 1, users: [2, 3, 4, 5, 6, 99] }, "Alice added 6 people."],
  [{ event: "removed", actor: 1, users: [2] }, "Alice removed Bob."],
  [{ event: "left", actor: 2 }, "Bob left."],
  [{ event: "left", actor: 2, owner: 4 }, "Bob left. Dora owns the group now."],
  [{ event: "role", actor: 1, user: 4, role: "owner" }, "Alice handed the group over to Dora."],
  [{ event: "role", actor: 1, user: 4, role: "admin" }, "Alice made Dora an admin."],
  [{ event: "role", actor: 1, user: 4, role: "member" }, "Dora is no admin any more."],
]

for (const [data, sentence] of SENTENCES) test(`system: ${sentence}`, () => assert.equal(say(data), sentence))

test("who is not known is somebody, in the page's language", () => {
  assert.equal(say({ event: "added", actor: 99, users: [2, 98] }), "Somebody added Bob and Somebody.")
  assert.equal(say({ event: "left", actor: 2, owner: 99 }), "Bob left. Somebody owns the group now.")
  assert.equal(say({ event: "role", actor: 1, user: 99, role: "admin" }), "Alice made Somebody an admin.")
})

test("what cannot be told is said as the server says it", () => {
  const unknown = [
    null,
    {},
    { event: "painted", actor: 1 },
    { event: "role", actor: 1, user: 2, role: "emperor" },
  ]
  for (const data of unknown) assert.equal(say(data), "In English.")
})
