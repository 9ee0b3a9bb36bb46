import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Caller, concerns } from "../../chat/static/chat/page/caller.js"
import { Desktop } from "../../chat/static/chat/page/desktop.js"
import { DEFAULTS, Preferences } from "../../chat/static/chat/page/preferences.js"
import { FakeClock, FakeStorage } from "./fakes.js"

const ME = 1
const conversation = { id: 5, me: ME, muted: false }
const message = (more = {}) => ({ seq: 7, message: { sender: 2, kind: "text", data: null, ...more } })

let claimed, lookedAt, shown, chimes, preferences, caller, clock, desktop

beforeEach(() => {
  claimed = []
  lookedAt = null
  shown = []
  chimes = 0
  clock = new FakeClock()
  preferences = new Preferences(new FakeStorage())
  desktop = { state: "granted", show: (call) => shown.push(call) }
  caller = new Caller({
    client: { claim: async (seq) => !claimed.includes(seq) && Boolean(claimed.push(seq)), isLookedAt: async (id) => id === lookedAt },
    preferences, clock, desktop, chime: () => { chimes += 1 },
  })
})

const heard = (event, where = conversation) => caller.heard(event, where, () => "the call")

test("what somebody says is called once, over all tabs", async () => {
  preferences.set("desktop", "on")
  await heard(message())
  await heard(message())
  assert.deepEqual([shown, chimes], [["the call"], 1])
})

test("what one looks at, in any tab, does not call, and is not called later", async () => {
  lookedAt = 5
  await heard(message())
  lookedAt = null
  await heard(message())
  assert.equal(chimes, 0)
})

test("who concerns one: others, not the system nor oneself, nor what is muted unless one is mentioned", () => {
  assert.ok(concerns({ sender: 2, kind: "text" }, conversation))
  assert.ok(!concerns({ sender: ME, kind: "text" }, conversation))
  assert.ok(!concerns({ sender: null, kind: "system" }, conversation))
  const muted = { ...conversation, muted: true }
  assert.ok(!concerns({ sender: 2, kind: "text", data: { mentions: [3] } }, muted))
  assert.ok(!concerns({ sender: 2, kind: "text", data: { mentions: "1" } }, muted))
  assert.ok(concerns({ sender: 2, kind: "text", data: { mentions: [3, ME] } }, muted))
})

test("a notification calls", async () => {
  await heard(message({ sender: null, kind: "notification" }), { id: null, me: ME, muted: false })
  assert.equal(chimes, 1)
})

test("a week that comes at once makes one sound", async () => {
  for (let seq = 1; seq < 50; seq += 1) await heard({ ...message(), seq })
  assert.equal(chimes, 1)
  await clock.pass(2_000)
  await heard({ ...message(), seq: 99 })
  assert.equal(chimes, 2)
})

test("a clock that is set back silences nobody", async () => {
  await heard(message())
  clock.sleep(-8 * 3_600_000)
  await clock.pass(2_000)
  await heard({ ...message(), seq: 8 })
  assert.equal(chimes, 2)
})

test("the sound can be off, and the desktop is asked for only where there was something to tell", async () => {
  assert.equal(caller.wanted, false)
  desktop.state = "unasked"
  preferences.set("sound", "off")
  await heard(message())
  assert.deepEqual([shown, chimes, caller.wanted], [[], 0, true])
})

test("who said no is not asked again", async () => {
  desktop.state = "unasked"
  preferences.set("desktop", "off")
  await heard(message())
  assert.deepEqual([shown, caller.wanted], [[], false])
})

test("the browser is asked by a click, and a click on what it shows leads there", async () => {
  const window = { focus: () => { window.focused = true } }
  assert.equal(new Desktop(window).state, "absent")
  window.Notification = class {
    static permission = "default"
    static requestPermission = async () => { window.Notification.permission = "granted" }
    constructor(title, options) { window.made = Object.assign(this, { title, ...options, close() {} }) }
  }
  const desktop = new Desktop(window)
  desktop.show({ title: "too early" })
  assert.equal(window.made, undefined)
  assert.equal(await desktop.ask(), true)
  let opened = false
  desktop.show({ title: "Lunch", body: "Bob: now?", tag: "c5", open: () => { opened = true } })
  assert.deepEqual([window.made.title, window.made.body, window.made.tag], ["Lunch", "Bob: now?", "c5"])
  window.made.onclick()
  assert.ok(opened && window.focused)
})

test("a page on a phone may show none, and goes on", () => {
  const Notification = function () { throw new TypeError("Illegal constructor") }
  Notification.permission = "granted"
  new Desktop({ Notification }).show({ title: "Lunch" })
})

test("what was chosen is kept, or lives as long as the page", () => {
  const storage = new FakeStorage()
  new Preferences(storage).set("theme", "dark")
  assert.equal(new Preferences(storage).get("theme"), "dark")
  assert.equal(new Preferences(storage).get("sound"), DEFAULTS.sound)
  const forbidden = new Preferences({})
  forbidden.set("theme", "dark")
  assert.deepEqual([forbidden.get("theme"), forbidden.get("sound")], ["dark", "on"])
})
