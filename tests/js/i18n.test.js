import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { test } from "node:test"

import { gettext, list, nearest, ngettext, pgettext } from "../../chat/static/chat/page/i18n.js"

test("without a catalogue it is the English of the source", () => {
  assert.equal(gettext("Loading…"), "Loading…")
  assert.equal(pgettext("tick", "read"), "read")
  assert.equal(list(["Alice", "Bob"]), "Alice and Bob")
})

test("names are filled in once, whatever stands in them", () => {
  assert.equal(gettext("{name}: {text}", { name: "{text}", text: "$& {name} \\" }), "{text}: $& {name} \\")
  assert.equal(gettext("{name} {nobody}", { name: "Bob" }), "Bob {nobody}")
})

test("one and many are told apart, and large numbers are written as one reads them", () => {
  const members = (count) => ngettext("{count} member", "{count} members", count)
  assert.deepEqual([0, 1, 2, 1234].map(members), ["0 members", "1 member", "2 members", "1,234 members"])
})

test("dates are written as the reader writes them, if the page speaks that language", () => {
  assert.equal(nearest("en", ["de-DE", "en-GB", "en-US"]), "en-GB")
  assert.equal(nearest("zh-hans", ["zh-TW", "zh-CN", "en"]), "zh-CN")
  assert.equal(nearest("zh-hans", ["zh-TW", "en"]), "zh-hans")
  assert.equal(nearest("en", []), "en")
})

// What chat/language.py serves, as the page has it before its modules run.
const CATALOGUE = `
  const words = { "{count} member": ["{count} 位成员"], "Loading…": "加载中…", "tick\\u0004read": "已读" }
  globalThis.django = {
    gettext: (text) => words[text] ?? text,
    pgettext: (context, text) => words[context + "\\u0004" + text] ?? text,
    ngettext: (one, many, count) => words[one]?.[0] ?? (count === 1 ? one : many),
  }
  globalThis.document = { documentElement: { lang: "zh-hans" } }
`

test("with a catalogue it is what stands there, and what does not is English", () => {
  const module = new URL("../../chat/static/chat/page/i18n.js", import.meta.url)
  const script = `${CATALOGUE}
    const { gettext, list, ngettext, pgettext } = await import("${module}")
    console.log([gettext("Loading…"), ngettext("{count} member", "{count} members", 1), pgettext("tick", "read"),
      gettext("New"), list(["甲", "乙"])].join("|"))`
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })
  assert.equal(said.trim(), "加载中…|1 位成员|已读|New|甲和乙")
})
