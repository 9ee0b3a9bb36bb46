import assert from "node:assert/strict"
import { test } from "node:test"

import { MOST, beginning, isLong } from "../../chat/static/chat/page/fold.js"
import { richText } from "../../chat/static/chat/page/rich_text.js"

const shown = (text, people = []) => beginning(richText(text, people))
const words = (parts) => parts.map(({ text }) => text).join("")

test("what is long in characters or in lines is folded, and nothing else", () => {
  assert.equal(isLong("x".repeat(MOST.characters)), false)
  assert.equal(isLong("x".repeat(MOST.characters + 1)), true)
  assert.equal(isLong("x\n".repeat(MOST.lines - 1)), false)
  assert.equal(isLong("x\n".repeat(MOST.lines)), true)
})

test("the beginning ends between two words", () => {
  const text = "some words ".repeat(2_000)
  const found = words(shown(text))
  assert.ok(found.length <= 1_201 && found.length > 1_100)
  assert.ok(found.endsWith("words…") || found.endsWith("some…"))
  assert.ok(text.startsWith(found.slice(0, -1)))
})

test("of many short lines so many are shown", () => {
  assert.equal(words(shown("one\n".repeat(500))), `${"one\n".repeat(20).trimEnd()}…`)
})

test("a text without spaces is not cut within a letter", () => {
  const found = words(shown("👩‍👩‍👧‍👦".repeat(1_000)))
  assert.equal(found.slice(0, -1).length % "👩‍👩‍👧‍👦".length, 0)
  assert.ok(found.length > 1_000)
})

test("a link stays whole, and leads where it led", () => {
  const link = `https://example.com/${"a".repeat(300)}`
  const text = `${"word ".repeat(230)}${link} ${"word ".repeat(1_000)}`
  const found = shown(text).find(({ href }) => href)
  assert.equal(found.href, link)
  assert.equal(shown(text).at(-1).text, "…")
})

test("somebody who is called is called by the whole name", () => {
  const text = `${"word ".repeat(238)}@Bob Builder is called ${"word ".repeat(1_000)}`
  const found = shown(text, [{ id: 7, name: "Bob Builder" }])
  assert.equal(found.find(({ mention }) => mention)?.text, "@Bob Builder")
})
