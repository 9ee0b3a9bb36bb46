import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Mentionable } from "../../chat/static/chat/page/mentionable.js"
import { FakeClock, settle } from "./fakes.js"

const SOON = 200
const person = (id, name) => ({ id, name, avatar: null })
const group = (fields = {}) => ({ id: 5, kind: "group", me: 1, members: [person(1, "Me"), person(2, "Bob")], memberCount: 300, ...fields })

let asked, changes, clock, mentionable

beforeEach(() => {
  asked = []
  changes = 0
  clock = new FakeClock()
  const find = (id, text) => new Promise((answer, fail) => asked.push({ id, text, answer, fail }))
  mentionable = new Mentionable({ find, changed: () => { changes += 1 }, clock })
})

const names = () => mentionable.people.map(({ name }) => name)
const texts = () => asked.map(({ text }) => text)

test("of a small group all are known, and nobody is asked for", async () => {
  mentionable.show(group({ memberCount: 2 }))
  mentionable.ask("bo")
  await clock.pass(SOON)
  assert.deepEqual([names(), asked.length, changes], [["Bob"], 0, 1])
})

test("in a conversation of two nobody is called", async () => {
  mentionable.show(group({ kind: "direct" }))
  mentionable.ask("bo")
  await clock.pass(SOON)
  assert.deepEqual([names(), asked.length], [[], 0])
})

test("of a large group the server finds the others, once one stops to write", async () => {
  mentionable.show(group())
  for (const text of ["", "z", "zo", "Zoe "]) mentionable.ask(text)
  await clock.pass(SOON - 1)
  assert.equal(asked.length, 0)
  await clock.pass(1)
  assert.deepEqual(asked.map(({ id, text }) => [id, text]), [[5, "zoe"]])
  asked[0].answer({ people: [person(77, "Zoe"), person(1, "Me")], complete: true })
  await settle()
  assert.deepEqual([names().sort(), changes], [["Bob", "Zoe"], 2])
})

test("what is part of what was answered in full is not asked for again", async () => {
  mentionable.show(group())
  mentionable.ask("zo")
  await clock.pass(SOON)
  asked[0].answer({ people: [person(77, "Zoe")], complete: true })
  await settle()
  for (const text of ["zoe", "zoe has it", "zo"]) {
    mentionable.ask(text)
    await clock.pass(SOON)
  }
  assert.deepEqual(texts(), ["zo"])
  mentionable.ask("z")
  await clock.pass(SOON)
  assert.deepEqual(texts(), ["zo", "z"])
  asked[1].answer({ people: [], complete: false })
  await settle()
  mentionable.ask("zx")
  await clock.pass(SOON)
  assert.deepEqual(texts(), ["zo", "z", "zx"])
})

test("another group, or another member, makes what was answered worth nothing", async () => {
  mentionable.show(group())
  mentionable.ask("zo")
  await clock.pass(SOON)
  asked[0].answer({ people: [person(77, "Zoe")], complete: true })
  await settle()
  mentionable.show(group({ memberCount: 301 }))
  mentionable.ask("zoo")
  await clock.pass(SOON)
  mentionable.show(group({ id: 6 }))
  assert.deepEqual(names(), ["Bob"])
  asked[1].answer({ people: [person(78, "Zoot")], complete: true })
  await settle()
  assert.deepEqual([texts(), names()], [["zo", "zoo"], ["Bob"]])
})

test("what could not be had is asked for with the next key", async () => {
  mentionable.show(group())
  mentionable.ask("zo")
  await clock.pass(SOON)
  asked[0].fail(new TypeError("Failed to fetch"))
  await settle()
  mentionable.ask("zo")
  await clock.pass(SOON)
  assert.deepEqual(texts(), ["zo", "zo"])
})

test("a member who is called otherwise now is offered so", () => {
  const lunch = group()
  mentionable.show(lunch)
  mentionable.show(lunch)
  assert.equal(changes, 1)
  lunch.members = [person(1, "Me"), person(2, "Robert")]
  mentionable.show(lunch)
  assert.deepEqual([changes, names()], [2, ["Robert"]])
})
