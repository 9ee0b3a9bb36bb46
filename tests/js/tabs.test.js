// Several tabs of one browser: each with its own connection, all with one outbox.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Client } from "../../chat/static/chat/client/client.js"
import { FakeBrowser, FakeClock, settle } from "./fakes.js"
import { LittleServer } from "./little_server.js"

const ALICE = 1

let clock, server, browser

function begin({ random = Math.random, late } = {}) {
  clock = new FakeClock()
  server = new LittleServer({ user: ALICE, clock, late })
  browser = new FakeBrowser()
  if (late) browser.late = () => new Promise((resolve) => { clock.setTimeout(resolve, late()) })
  begin.random = random
}

beforeEach(() => begin())

// A tab: its client, what it was told, and ways to end it.
function openTab(options = {}) {
  const { kill, freeze, ...means } = browser.tab()
  const tab = { messages: [], hints: [], alive: true, freeze }
  const sockets = []
  const load = async () => { const position = await server.position(); tab.from = position.seq; return position }
  const Socket = server.webSocket(() => tab.alive && !tab.frozen)
  class WebSocket extends Socket { constructor(url) { super(url); sockets.push(this) } }
  tab.client = new Client({
    url: "", user: ALICE, device: { id: "d", kind: "web" }, load, random: begin.random, WebSocket,
    clock: { ...clock, setTimeout: (run, wait) => clock.setTimeout(() => { if (tab.alive && !tab.frozen) run() }, wait) },
    ...means, ...options,
  })
  tab.client.on("message", ({ message }) => tab.messages.push(message))
  for (const hint of ["marks", "notifications_read"]) tab.client.on(hint, (frame) => tab.hints.push(frame))
  tab.client.start()
  tab.kill = () => { tab.alive = false; kill(); for (const socket of sockets) socket.drop() }
  tab.drop = () => sockets.at(-1)?.drop()
  tab.freeze = () => { tab.frozen = true; freeze() }
  tab.say = (body, conversation = 5) => tab.client.send({ conversation, body })
  return tab
}

async function openTabs(count, options) {
  const tabs = Array.from({ length: count }, () => openTab(options))
  await clock.pass(100)
  return tabs
}

const bodies = (messages) => messages.map(({ body }) => body)
const waiting = ({ client }) => bodies(client.outbox.all())

test("they write by turns: each message is sent once, in order, and all see it", async () => {
  const tabs = await openTabs(3)
  const said = []
  for (let turn = 0; turn < 12; turn += 1) {
    said.push(`m${turn}`)
    tabs[turn % 3].say(`m${turn}`)
    if (turn % 4 === 3) await clock.pass(20)
  }
  await clock.pass(500)
  assert.deepEqual(bodies(server.stored), said)
  assert.equal(server.sends, 12)
  for (const tab of tabs) assert.deepEqual([bodies(tab.messages), waiting(tab)], [said, []])
})

test("what is written without a connection is in all of them at once", async () => {
  server.down = true
  const [one, other] = await openTabs(2)
  one.say("hello")
  await settle()
  assert.deepEqual(waiting(other), ["hello"])
})

test("closed while offline, its words are sent by another tab", async () => {
  const [one, other] = await openTabs(2)
  server.down = true
  for (const connection of server.connections) connection.drop()
  one.say("first")
  other.say("second")
  one.say("third")
  await clock.pass(50)
  one.kill()
  server.down = false
  await clock.pass(40_000)
  assert.deepEqual(bodies(server.stored), ["first", "second", "third"])
  assert.equal(server.sends, 3)
  assert.deepEqual(bodies(other.messages), ["first", "second", "third"])
})

test("when the one that sends dies, another one goes on at once", async () => {
  const tabs = await openTabs(2)
  tabs[0].kill()
  tabs[1].say("hello")
  await clock.pass(20)
  assert.deepEqual(bodies(server.stored), ["hello"])
})

test("when the one that sends loses its connection, another one goes on at once", async () => {
  const tabs = await openTabs(2)
  tabs[0].drop()
  tabs[0].say("hello")
  await clock.pass(20)
  assert.deepEqual(bodies(server.stored), ["hello"])
})

test("what it never heard of before its writer died, the next one sends all the same", async () => {
  server.down = true
  const other = openTab(), mute = openTab({ BroadcastChannel: undefined })
  await settle()
  mute.say("hello")
  await settle()
  mute.kill()
  server.down = false
  await clock.pass(40_000)
  assert.deepEqual(bodies(server.stored), ["hello"])
  assert.deepEqual(bodies(other.messages), ["hello"])
})

test("all were closed: the next page sends what was left", async () => {
  server.down = true
  const tabs = await openTabs(2)
  for (const tab of tabs) tab.say("left")
  await settle()
  for (const tab of tabs) tab.kill()
  server.down = false
  await openTabs(1)
  await clock.pass(50)
  assert.deepEqual(bodies(server.stored), ["left", "left"])
})

test("a page that is frozen holds up nobody for long", async () => {
  const [one, other] = await openTabs(2)
  one.freeze()
  other.say("hello")
  await clock.pass(5_000)
  assert.deepEqual(server.stored, [])
  await clock.pass(2_500)
  assert.deepEqual(bodies(server.stored), ["hello"])
  other.say("again")
  await clock.pass(50)
  assert.deepEqual(bodies(server.stored), ["hello", "again"])
})

test("one that waits for a busy server keeps the role", async () => {
  const [, other] = await openTabs(2)
  server.busy = 15
  other.say("hello")
  await clock.pass(30_000)
  assert.deepEqual([bodies(server.stored), server.sends], [["hello"], 16])
})

test("a draft that its writer's tab could not keep is sent by that tab", async () => {
  const [, other] = await openTabs(2)
  browser.full = true
  other.say("hello")
  await clock.pass(50)
  assert.deepEqual(bodies(server.stored), ["hello"])
  assert.deepEqual(waiting(other), [])
})

test("without Web Locks nothing is lost, and order holds", async () => {
  const tabs = await openTabs(2, { locks: undefined })
  for (const body of ["one", "two", "three"]) tabs[body.length % 2].say(body)
  await clock.pass(100)
  assert.deepEqual(bodies(server.stored), ["one", "two", "three"])
})

test("what is read in one tab is read in the others, and told by them if it dies before it could", async () => {
  server.down = true
  const [one, other] = await openTabs(2)
  one.client.read(5, 7)
  one.client.readNotifications({ ids: [3] })
  await settle()
  assert.deepEqual(other.hints, [
    { type: "marks", conversation: 5, user: ALICE, read: 7 },
    { type: "notifications_read", ids: [3], up_to: 0 },
  ])
  one.kill()
  server.down = false
  await clock.pass(40_000)
  assert.deepEqual([server.reads, server.notificationsRead], [[[5, 7]], [[3]]])
})

test("what was read while offline is told though every page was closed before it could be", async () => {
  server.down = true
  const tabs = await openTabs(2)
  tabs[0].client.read(5, 7)
  tabs[1].client.read(5, 9)
  tabs[1].client.read(6, 1)
  tabs[0].client.readNotifications({ ids: [3] })
  tabs[1].client.readNotifications({ ids: [4] })
  await settle()
  for (const tab of tabs) tab.kill()
  server.down = false
  const [later] = await openTabs(1)
  assert.deepEqual([server.reads, server.notificationsRead], [[[5, 9], [6, 1]], [[3, 4]]])
  assert.deepEqual(later.hints.map(({ conversation, read }) => [conversation, read]), [[5, 9], [6, 1]])
})

test("what the server was told is kept no longer, but not before the connection has lasted", async () => {
  const [one] = await openTabs(1)
  one.client.read(5, 7)
  await clock.pass(1_000)
  assert.deepEqual(server.reads, [[5, 7]])
  one.kill() // whether the server heard it, nobody knows
  const [other] = await openTabs(1)
  assert.deepEqual(server.reads, [[5, 7], [5, 7]])
  other.client.read(6, 2)
  await clock.pass(5_100)
  assert.equal(browser.marks.size, 0)
  other.kill()
  await openTabs(1)
  assert.deepEqual(server.reads, [[5, 7], [5, 7], [6, 2]])
})

test("what was read further meanwhile is not taken for told", async () => {
  const [one] = await openTabs(1)
  one.client.read(5, 7)
  await clock.pass(4_000)
  server.down = true
  one.client.read(5, 9)
  await clock.pass(1_200)
  assert.deepEqual(browser.marks.get(ALICE).reads, { 5: 9 })
})

test("where marks cannot be kept, they are told all the same", async () => {
  browser.full = true
  const [one] = await openTabs(1)
  one.client.read(5, 7)
  await clock.pass(100)
  assert.deepEqual(server.reads, [[5, 7]])
})

test("a read mark is told by one tab", async () => {
  const [one] = await openTabs(3)
  one.client.read(5, 7)
  await clock.pass(1_000)
  assert.deepEqual(server.reads, [[5, 7]])
})

test("an event is announced by one tab, and not again by a page that comes later", async () => {
  const tabs = await openTabs(3)
  const claims = async (tabs, seq) => (await Promise.all(tabs.map(({ client }) => client.claim(seq)))).filter(Boolean).length
  assert.equal(await claims(tabs, 11), 1)
  assert.equal(await claims(tabs, 12), 1)
  for (const tab of tabs) tab.kill()
  const later = await openTabs(2)
  assert.deepEqual([await claims(later, 11), await claims(later, 12), await claims(later, 13)], [0, 0, 1])
})

test("where nothing can be kept, each tab announces an event once", async () => {
  const [alone] = await openTabs(1, { store: null })
  browser.full = true
  const [full] = await openTabs(1)
  for (const { client } of [alone, full]) {
    assert.deepEqual([await client.claim(11), await client.claim(11), await client.claim(12)], [true, false, true])
  }
})

test("what one looks at in one tab, the others know, until it looks away or dies", async () => {
  const [one, other] = await openTabs(2)
  one.client.look(5)
  await settle()
  assert.deepEqual([await one.client.isLookedAt(5), await other.client.isLookedAt(5)], [true, true])
  one.client.look(6)
  await settle()
  assert.deepEqual([await other.client.isLookedAt(5), await other.client.isLookedAt(6)], [false, true])
  one.kill()
  assert.equal(await other.client.isLookedAt(6), false)
})

test("without Web Locks a tab knows what is looked at in itself", async () => {
  const [one, other] = await openTabs(2, { locks: undefined })
  one.client.look(5)
  assert.deepEqual([await one.client.isLookedAt(5), await other.client.isLookedAt(5)], [true, false])
})

// A random number generator whose sequence a failure can name.
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

// Tabs come, go and crash, connections break, the server is away or busy, the store is slow; and people write.
async function live(seed) {
  const random = seeded(seed)
  begin({ random, late: () => Math.floor(random() * 30) })
  const below = (limit) => Math.floor(random() * limit)
  const tabs = []
  let written = 0
  const things = [
    ...Array(6).fill((tab) => tab?.say(`m${(written += 1)}`, 5 + below(2))),
    ...Array(3).fill((tab) => tab?.drop()),
    (tab) => { tab?.kill(); tabs.splice(tabs.indexOf(tab), tab ? 1 : 0) },
    ...Array(2).fill(() => { if (tabs.length < 4) tabs.push(openTab()) }),
    () => { server.down = !server.down; for (const connection of server.connections) connection.drop() },
    () => { server.busy = below(3) },
    ...Array(4).fill(() => clock.pass(below(3_000))),
    ...Array(4).fill(() => clock.pass(below(60))),
  ]
  for (let step = 0; step < 60; step += 1) await things[below(things.length)](tabs[below(tabs.length)])
  server.down = false
  if (!tabs.length) tabs.push(openTab())
  await clock.pass(90_000)
  return { tabs, written }
}

const SEEDS = Number(process.env.IM_TEST_SEEDS ?? 60)

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`whatever happens, what was kept is stored once and in order (${seed})`, async () => {
    const { tabs } = await live(seed)
    assert.deepEqual(browser.drafts, [])
    const ids = server.stored.map(({ client_id }) => client_id)
    assert.equal(new Set(ids).size, ids.length)
    for (const draft of browser.everKept) assert.ok(ids.includes(draft.client_id), `${draft.body} is lost`)
    for (const conversation of [5, 6]) {
      const order = (messages) => messages.filter((one) => one.conversation === conversation).map(({ body }) => body)
      assert.deepEqual(order(server.stored), order(browser.everKept))
    }
    for (const { messages, client, from } of tabs) {
      assert.deepEqual(client.outbox.all(), [])
      assert.equal(client.status.state, "live")
      const got = messages.map(({ id }) => id)
      assert.equal(new Set(got).size, got.length)
      for (const { id } of server.stored.slice(from)) assert.ok(got.includes(id), `${id} was not told`)
    }
  })
}
