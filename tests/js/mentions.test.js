import assert from "node:assert/strict"
import { test } from "node:test"

import { candidates, findMentions, mentionedIds, nameBefore } from "../../chat/static/chat/page/mentions.js"
import { richText } from "../../chat/static/chat/page/rich_text.js"

const people = [
  { id: 1, name: "Ann" }, { id: 2, name: "Ann Lee" }, { id: 3, name: "Anna" }, { id: 4, name: "张三" }, { id: 5, name: "שרה" }, { id: 6, name: "" },
]

test("the longest name counts, and only whole words are names", () => {
  for (const [said, ids] of [
    ["@Ann", [1]], ["@Ann Lee, hello", [2]], ["@Anna and @ann.", [3, 1]], ["@Annabel", []], ["ann@Ann.example", []],
    ["(@Ann)", [1]], ["@张三你好", [4]], ["你好@张三", [4]], ["@שרה שלום", [5]], ["@", []], ["@ Ann", []], ["@@Ann", [1]], ["@Ann_x", []],
  ]) assert.deepEqual(findMentions(said, people).map(({ id }) => id), ids, said)
})

test("who is mentioned twice is named once in the data", () => {
  assert.deepEqual(mentionedIds("@Ann @Anna @Ann", people), [1, 3])
})

test("of two with one name those count who were taken from the list, or both", () => {
  const twins = [{ id: 7, name: "Kim" }, { id: 8, name: "Kim" }]
  assert.deepEqual(mentionedIds("@Kim", twins), [7, 8])
  assert.deepEqual(mentionedIds("@Kim", twins, new Set([8])), [8])
})

test("a name is being written between the @ and the cursor", () => {
  assert.deepEqual(nameBefore("hello @an", 9), { start: 6, query: "an" })
  assert.deepEqual(nameBefore("@", 1), { start: 0, query: "" })
  assert.deepEqual(nameBefore("@Ann Lee", 8), { start: 0, query: "Ann Lee" })
  for (const [text, caret] of [["ann@x", 5], ["@ ann", 5], ["@an\nx", 5], ["an", 2], ["", 0], ["@an", 0], [`@${"x".repeat(50)}`, 51]]) {
    assert.equal(nameBefore(text, caret), null, text)
  }
})

test("those are offered whose name begins so, then those with a word that does", () => {
  assert.deepEqual(candidates(people, "an").map(({ id }) => id), [1, 2, 3])
  assert.deepEqual(candidates(people, "le").map(({ id }) => id), [2])
  assert.deepEqual(candidates(people, "张").map(({ id }) => id), [4])
  assert.deepEqual(candidates(people, "x"), [])
  assert.equal(candidates(people, "").length, 5)
})

test("a message's parts are its text, its links and its mentions, in order", () => {
  assert.deepEqual(richText("@Ann: https://example.org/@Ann (@Anna)", people.slice(0, 3)), [
    { text: "@Ann", mention: 1 }, { text: ": " }, { text: "https://example.org/@Ann", href: "https://example.org/@Ann" },
    { text: " (" }, { text: "@Anna", mention: 3 }, { text: ")" },
  ])
})
