import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { Emoji, EmojiHabits, RECENT, TONES, inTone } from "../../chat/static/chat/page/emoji.js"
import { FakeStorage } from "./fakes.js"

const data = new URL("../../chat/static/chat/vendor/emojibase-data/emoji.json", import.meta.url)
const emoji = new Emoji(JSON.parse(readFileSync(data, "utf8")))
const found = (text) => emoji.search(text).map((each) => each.emoji)

test("it is found by English and by Chinese words, and their beginnings", () => {
  assert.ok(found("grin").includes("😀"))
  assert.ok(found("thumbs up")[0].startsWith("👍"))
  assert.ok(found("熊猫").includes("🐼"))
  assert.ok(found("笑").includes("😀"))
  assert.ok(found("red heart").includes("❤️"))
  assert.deepEqual(found("nothing is called so"), [])
  assert.deepEqual(found("  "), [])
})

test("what begins with the word comes before what has it somewhere", () => {
  assert.ok(found("cat").indexOf("🐈") < found("cat").indexOf("😸"))
})

test("every person in an emoji gets the tone", () => {
  const dark = TONES[4]
  for (const [plain, toned] of [["👋", "👋🏿"], ["☝️", "☝🏿"], ["👩‍🚀", "👩🏿‍🚀"], ["🧑‍🤝‍🧑", "🧑🏿‍🤝‍🧑🏿"], ["🤷‍♀️", "🤷🏿‍♀️"]]) {
    assert.equal(inTone(plain, dark), toned)
    assert.equal(inTone(plain, ""), plain)
    assert.ok(emoji.all.find((each) => each.emoji === plain).toned, plain)
  }
  assert.equal(emoji.all.find((each) => each.emoji === "🐼").toned, false)
})

test("all groups are there, each emoji once, with a name in both languages", () => {
  assert.deepEqual([...emoji.groups.keys()].sort(), [0, 1, 3, 4, 5, 6, 7, 8, 9])
  assert.equal(new Set(emoji.all.map((each) => each.emoji)).size, emoji.all.length)
  assert.ok(emoji.all.every(({ names }) => names.en && names.zh))
})

test("what was used last comes first, once, and there is an end to it; the tone is kept", () => {
  const storage = new FakeStorage()
  const habits = new EmojiHabits({ storage, user: 1 })
  for (let number = 0; number < RECENT + 5; number += 1) habits.used(`e${number}`)
  habits.used("e10")
  habits.choose(TONES[2])
  const again = new EmojiHabits({ storage, user: 1 })
  assert.deepEqual([again.recent.length, again.recent[0], again.recent[1], again.tone], [RECENT, "e10", "e28", TONES[2]])
  assert.deepEqual(new EmojiHabits({ storage, user: 2 }).recent, [])
})

test("a storage that forbids or holds something else is no reason to fail", () => {
  const storage = new FakeStorage()
  storage.setItem("imsite.emoji.1", "{\"recent\": 5, \"tone\": \"red\"}")
  storage.full = true
  const habits = new EmojiHabits({ storage, user: 1 })
  habits.used("😀")
  assert.deepEqual([habits.recent, habits.tone], [["😀"], ""])
  assert.deepEqual(new EmojiHabits({ storage: {}, user: 1 }).recent, [])
})
