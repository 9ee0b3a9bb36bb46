import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { beginning, excerpt, parts } from "../../chat/static/chat/page/hits.js"
import { nameIn } from "../../chat/static/chat/page/people.js"
import { Search } from "../../chat/static/chat/page/search.js"
import { FakeClock, settle } from "./fakes.js"

const marked = (parts) => parts.map(({ text, hit }) => (hit ? `[${text}]` : text)).join("")

test("what was searched for is marked, whatever its case, and signs mean themselves", () => {
  assert.equal(marked(parts("Anna Bananna", "ANN")), "[Ann]a Ban[ann]a")
  assert.equal(marked(parts("a.b*c", "b*")), "a.[b*]c")
  assert.equal(marked(parts("Ann Lee", "lee ann")), "[Ann] [Lee]")
  assert.equal(marked(parts("Ann", "  ")), "Ann")
  assert.equal(marked(parts("", "x")), "")
})

test("in messages it is marked where a word begins, and Chinese anywhere", () => {
  assert.equal(marked(parts("quart, requart", "quart", { begun: true })), "[quart], requart")
  assert.equal(marked(parts("明天的会议室", "会议", { begun: true })), "明天的[会议]室")
  assert.equal(marked(parts("vier Café", '"caf"', { begun: true })), "vier [Caf]é")
})

test("an excerpt begins shortly before the first hit", () => {
  const long = `${"word ".repeat(40)}needle\n\n and more`
  const cut = marked(excerpt(long, "needle"))
  assert.match(cut, /^…word .*\[needle\] and more$/)
  assert.ok(cut.length < 50)
  assert.equal(marked(excerpt("needle first", "needle")), "[needle] first")
  assert.equal(marked(excerpt("not in here", "needle")), "not in here")
})

test("a hit stands near the beginning of its excerpt, in any script, and what follows has an end", () => {
  const before = (text) => text.slice(0, text.indexOf("["))
  const chinese = marked(excerpt(`${"很长的一句话没有空格".repeat(50)}会议${"室".repeat(500)}`, "会议"))
  assert.equal(before(chinese), "…空格很长的一句话没有空格")
  assert.match(chinese, /\[会议\]室+…$/)
  assert.ok(chinese.length < 120)
  assert.equal(before(marked(excerpt(`${"x".repeat(500)}/needle`, "needle"))), `…${"x".repeat(23)}/`)
  assert.equal(before(marked(excerpt(`${"字".repeat(50)} needle`, "needle"))), `…${"字".repeat(11)} `)
  assert.equal(marked(excerpt(`${"a ".repeat(400)}`, "zz")), `${"a ".repeat(80)}…`)
  assert.equal([beginning("Alice", 20), beginning("爱丽丝".repeat(9), 20)].join(), `Alice,${"爱丽丝".repeat(4).slice(0, 10)}…`)
})

test("what the server finds as words next to each other is marked as one", () => {
  const found = (text, query) => marked(parts(text, query, { begun: true }))
  assert.equal(found("see foo bar here", "foo-bar"), "see [foo bar] here")
  assert.equal(found("会议，室", "会议室"), "[会议，室]")
  assert.equal(found("a red car, red", '"red car"'), "a [red car], red")
  assert.equal(found("anything", "?!"), "anything")
  assert.equal(found("1.5 (a+b)", "1.5 a+b"), "[1.5] ([a+b])")
})

let clock, asked, search, changes

beforeEach(() => {
  clock = new FakeClock()
  asked = []
  changes = 0
  const ask = (what) => (text) => new Promise((answer, fail) => asked.push({ what, text, answer, fail }))
  const find = { people: ask("people"), groups: ask("groups"), messages: ask("messages"), local: (text) => [`known ${text}`] }
  search = new Search({ find, clock, changed: () => { changes += 1 } })
})

async function answer(answers) {
  for (const one of asked.splice(0)) {
    if (answers[one.what] instanceof Error) one.fail(answers[one.what])
    else one.answer(answers[one.what] ?? [])
  }
  await settle()
}

test("what is known is found at once; the server is asked when the typing rests", async () => {
  search.ask("a")
  search.ask("an ")
  assert.deepEqual(search.conversations, ["known an"])
  assert.equal(asked.length, 0)
  assert.ok(search.asking)
  await clock.pass(200)
  assert.deepEqual(asked.map(({ what, text }) => `${what} ${text}`), ["people an", "groups an", "messages an"])
  await answer({ people: ["Ann"], groups: ["known an", "Annex"], messages: ["an apple"] })
  assert.deepEqual([search.people, search.conversations, search.messages], [["Ann"], ["known an", "Annex"], ["an apple"]])
  assert.ok(!search.asking && !search.empty)
})

test("an answer to what is not asked any more is dropped", async () => {
  search.ask("a")
  await clock.pass(200)
  search.ask("b")
  await answer({ people: ["Ann"] })
  assert.deepEqual(search.people, [])
  search.clear()
  assert.ok(!search.active && !search.asking && search.empty)
  await clock.pass(1_000)
  assert.equal(asked.length, 0)
})

test("what could not be asked is told, and the rest is shown", async () => {
  search.ask("a")
  await clock.pass(200)
  await answer({ people: ["Ann"], messages: new Error("offline") })
  assert.ok(search.failed)
  assert.deepEqual(search.people, ["Ann"])
  search.ask("ab")
  assert.ok(!search.failed)
})

test("somebody named as in a message is looked for by the name", () => {
  assert.deepEqual(["@bob", " ＠ 鲍勃 ", "@@bob", "@", "b@b", "bob"].map(nameIn), ["bob", "鲍勃", "@bob", "", "b@b", "bob"])
})
