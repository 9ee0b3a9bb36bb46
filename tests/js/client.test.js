import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Client } from "../../chat/static/chat/client/client.js"
import { FakeBrowser, FakeClock, FakeServer, settle } from "./fakes.js"

const ALICE = 1, BOB = 2

let clock, server, browser, client, events, loads, load

beforeEach(() => {
  clock = new FakeClock()
  server = new FakeServer()
  browser = new FakeBrowser()
  events = []
  loads = 0
  load = async () => ({ epoch: "e1", seq: 10 })
})

function open(options = {}) {
  client = new Client({
    url: "ws://chat/ws/v1/",
    user: ALICE,
    device: { id: "d", kind: "web" },
    load: () => { loads += 1; return load() },
    ...browser.tab(),
    clock,
    random: () => 0.5,
    WebSocket: server.WebSocket,
    ...options,
  })
  for (const type of ["message", "edited", "recalled", "marks"]) client.on(type, (event) => events.push(event))
  client.start()
}

async function greet(welcome = {}) {
  await settle()
  server.connection.open()
  const { epoch, seq } = server.connection.received("hello")[0]
  server.connection.push({ ...base(epoch, seq), ...welcome })
  await settle()
  return server.connection
}

function base(epoch, seq) {
  const limits = { frame_bytes: 65_536, window: 64, sends_per_minute: 6_000 }
  const server_time = new Date(clock.now()).toISOString()
  return { type: "welcome", user: { id: ALICE, name: "Alice", kind: "user" }, epoch, head: seq, from: seq, limits, server_time }
}

async function live(options) {
  open(options)
  return await greet()
}

// After a drop: wait out the backoff, and be greeted again.
async function back(welcome) {
  await clock.pass(client.status.retryAt - clock.now())
  return await greet(welcome)
}

const message = (seq, fields = {}) => ({
  type: "message",
  seq,
  message: { id: seq, conversation: 5, number: seq, sender: BOB, kind: "text", body: `m${seq}`, client_id: null, ...fields },
})

const accepted = (client_id, seq) => ({
  type: "accepted", client_id, message: 900 + seq, conversation: 5, number: seq, created_at: "2026-01-01T00:00:00Z", seq,
})

const seqs = () => events.map((event) => event.seq)
// Written, kept, and on its way where it may be.
async function write(body) {
  const draft = client.send({ conversation: 5, body })
  await settle()
  return draft
}

const sends = (connection) => connection.received("send").map((frame) => frame.body)

test("says hello from where the loaded state stands, and acknowledges that", async () => {
  const connection = await live()
  assert.deepEqual(connection.sent[0], { type: "hello", device: { id: "d", kind: "web" }, epoch: "e1", seq: 10 })
  assert.equal(client.status.state, "live")
  await clock.pass(50)
  assert.deepEqual(connection.received("ack"), [{ type: "ack", seq: 10 }])
})

test("a state that cannot be loaded is asked for again", async () => {
  load = async () => { throw new TypeError("Failed to fetch") }
  open()
  await settle()
  assert.equal(client.status.state, "offline")
  load = async () => ({ epoch: "e1", seq: 10 })
  await clock.pass(30_000)
  await greet()
  assert.equal(client.status.state, "live")
})

test("each event once and in order", async () => {
  const connection = await live()
  for (const seq of [11, 11, 12, 10, 3]) connection.push(message(seq))
  assert.deepEqual(seqs(), [11, 12])
})

test("a gap is not shown and not acknowledged: the client comes back from before it", async () => {
  const connection = await live()
  connection.push(message(11))
  connection.push(message(13))
  assert.deepEqual(seqs(), [11])
  assert.equal(client.status.state, "offline")
  const next = await back()
  assert.equal(next.received("hello")[0].seq, 11)
  for (const seq of [12, 13]) next.push(message(seq))
  assert.deepEqual(seqs(), [11, 12, 13])
  assert.equal(Math.max(0, ...connection.received("ack").map((ack) => ack.seq)), 0)
})

test("acknowledges cumulatively, gathered", async () => {
  const connection = await live()
  await clock.pass(50)
  for (const seq of [11, 12, 13]) connection.push(message(seq))
  await clock.pass(50)
  assert.deepEqual(connection.received("ack").map((ack) => ack.seq), [10, 13])
})

test("a burst is acknowledged before the window is full, without waiting", async () => {
  const connection = await live()
  await clock.pass(50)
  for (let seq = 11; seq < 11 + 64; seq += 1) connection.push(message(seq))
  assert.deepEqual(connection.received("ack").map((ack) => ack.seq), [10, 42, 74])
})

test("what comes again is acknowledged again: it fills the server's window", async () => {
  open()
  const connection = await greet({ from: 5 })
  await clock.pass(50)
  for (const seq of [6, 7, 8, 9, 10]) connection.push(message(seq))
  await clock.pass(50)
  assert.deepEqual(seqs(), [])
  assert.deepEqual(connection.received("ack").map((ack) => ack.seq), [10, 10])
})

test("an event of an unknown kind is passed over, and acknowledged", async () => {
  const connection = await live()
  connection.push({ type: "party", seq: 11 })
  connection.push(message(12))
  assert.deepEqual(seqs(), [12])
})

test("accepted stands for the event of one's own message, and moves the cursor", async () => {
  const connection = await live()
  const draft = await write("hello")
  connection.push(accepted(draft.client_id, 11))
  assert.equal(events[0].message.body, "hello")
  assert.equal(events[0].message.number, 11)
  assert.equal(events[0].message.sender, ALICE)
  assert.deepEqual(client.outbox.all(), [])
  connection.push(message(12))
  assert.deepEqual(seqs(), [11, 12])
})

test("unanswered messages are sent again after a reconnect, with the same client_id, in order", async () => {
  const connection = await live()
  const drafts = [await write("one"), await write("two"), await write("three")]
  assert.deepEqual(sends(connection), ["one"])
  connection.drop()
  const next = await back()
  for (const [place, draft] of drafts.entries()) {
    assert.equal(next.received("send")[place].client_id, draft.client_id)
    next.push(accepted(draft.client_id, 11 + place))
  }
  assert.deepEqual(sends(next), ["one", "two", "three"])
  assert.deepEqual(events.map((event) => event.message.body), ["one", "two", "three"])
})

test("a message that was stored though its accepted was lost comes once", async () => {
  const connection = await live()
  const draft = await write("hello")
  connection.drop()
  const next = await back()
  next.push(accepted(draft.client_id, 12)) // the repeated answer overtakes
  next.push(message(11))
  next.push(message(12, { sender: ALICE, client_id: draft.client_id, body: "hello" }))
  next.push(message(13))
  assert.deepEqual(seqs().sort(), [11, 12, 13])
  assert.equal(events.filter((event) => event.message.body === "hello").length, 1)
})

test("one's own message that comes as an event leaves the outbox", async () => {
  const connection = await live()
  const draft = await write("hello")
  connection.push(message(11, { sender: ALICE, client_id: draft.client_id }))
  assert.deepEqual(client.outbox.all(), [])
})

test("nobody empties the outbox by using one of its ids", async () => {
  const connection = await live()
  const draft = await write("hello")
  connection.push(message(11, { sender: BOB, client_id: draft.client_id }))
  assert.equal(client.outbox.all().length, 1)
})

test("what was written before a reload is sent after it", async () => {
  open()
  await write("early")
  client.stop()
  await live()
  assert.deepEqual(sends(server.connection), ["early"])
})

test("a send that nobody answers is sent again", async () => {
  const connection = await live()
  await write("hello")
  for (let t = 0; t < 4; t += 1) {
    await clock.pass(4_000)
    connection.push({ type: "pong", head: 10 })
  }
  const [first, second] = connection.received("send")
  assert.equal(second.client_id, first.client_id)
})

for (const code of ["busy", "rate_limited"]) {
  test(`${code}: sent again after retry_after, and not overtaken`, async () => {
    const connection = await live()
    const draft = await write("one")
    write("two")
    connection.push({ type: "error", code, message: "Later.", client_id: draft.client_id, retry_after: 3 })
    await clock.pass(2_999)
    assert.deepEqual(sends(connection), ["one"])
    await clock.pass(1)
    assert.deepEqual(sends(connection), ["one", "one"])
    connection.push(accepted(draft.client_id, 11))
    assert.deepEqual(sends(connection), ["one", "one", "two"])
  })
}

test("a permanent error stays at the message, and the next one goes", async () => {
  const connection = await live()
  const draft = await write("one")
  await write("two")
  connection.push({ type: "error", code: "not_found", message: "Gone.", client_id: draft.client_id })
  assert.deepEqual(client.outbox.get(draft.client_id).failed, { code: "not_found", message: "Gone." })
  assert.deepEqual(sends(connection), ["one", "two"])
  client.discard(draft.client_id)
  assert.deepEqual(client.outbox.all().map(({ body }) => body), ["two"])
})

test("what no frame can hold never goes out", async () => {
  const connection = await live()
  const draft = await write("é".repeat(40_000))
  assert.deepEqual(sends(connection), [])
  assert.equal(client.outbox.get(draft.client_id).failed.code, "too_large")
})

test("what does not fit holds up nobody, and nothing goes out twice", async () => {
  open()
  client.send({ conversation: 4, body: "é".repeat(40_000) })
  client.send({ conversation: 4, body: "after it" })
  client.send({ conversation: 6, body: "elsewhere" })
  const connection = await greet()
  assert.deepEqual(sends(connection).sort(), ["after it", "elsewhere"])
})

test("half a surrogate pair never goes out", async () => {
  const connection = await live()
  await write("a\ud83d b 😀")
  assert.deepEqual(sends(connection), ["a\ufffd b 😀"])
})

test("what the server cannot read is not sent again by itself, after a reload either", async () => {
  const connection = await live()
  await write("poison")
  connection.drop(4500, "not a frame")
  assert.equal(client.status.code, 4500)
  const next = await live()
  assert.deepEqual(sends(next), [])
})

test("resync: what comes while the state is loaded waits for it", async () => {
  open()
  await settle()
  let finish
  load = () => new Promise((resolve) => { finish = resolve })
  const connection = await greet({ resync: true, epoch: "e2", head: 40, from: 40 })
  connection.push(message(41))
  assert.equal(loads, 2)
  assert.deepEqual(seqs(), [])
  assert.equal(client.status.state, "connecting")
  finish({ epoch: "e2", seq: 41 })
  await settle()
  assert.deepEqual(seqs(), [41])
  connection.drop()
  const next = await back()
  const { epoch, seq } = next.received("hello")[0]
  assert.deepEqual([epoch, seq], ["e2", 41])
})

test("resync that fails starts from nothing", async () => {
  open()
  await settle()
  load = async () => { throw new TypeError("Failed to fetch") }
  await greet({ resync: true, epoch: "e2", head: 40, from: 40 })
  assert.equal(client.status.state, "offline")
  load = async () => ({ epoch: "e2", seq: 44 })
  const next = await back()
  assert.equal(next.received("hello")[0].seq, 44)
  assert.equal(loads >= 3, true)
})

test("another epoch is a resync, whatever the server says", async () => {
  open()
  await greet({ epoch: "e9", head: 3, from: 3 })
  assert.equal(loads, 2)
})

for (const code of [1006, 4000, 4001, 4003, 4008]) {
  test(`comes back after ${code}`, async () => {
    const connection = await live()
    connection.drop(code)
    assert.equal(client.status.state, "offline")
    await back()
    assert.equal(client.status.state, "live")
    assert.equal(server.connections.length, 2)
  })
}

for (const code of [4500, 4501, 4502, 4503, 4504]) {
  test(`does not come back after ${code}, but by the person's wish`, async () => {
    const connection = await live()
    connection.push({ type: "bye", code, reason: "Why.", reconnect_after: 0 })
    connection.drop(code)
    await clock.pass(100_000)
    assert.equal(server.connections.length, 1)
    assert.equal(client.status.state, "closed")
    assert.deepEqual([client.status.code, client.status.reason], [code, "Why."])
    client.restart()
    await greet()
    assert.equal(client.status.state, "live")
  })
}

test("stays away as long as the bye says, with jitter on top", async () => {
  const connection = await live()
  connection.push({ type: "bye", code: 4000, reason: "Restarting.", reconnect_after: 7 })
  connection.drop(1006)
  await clock.pass(7_499)
  assert.equal(server.connections.length, 1)
  await clock.pass(1)
  assert.equal(server.connections.length, 2)
})

test("waits longer and longer while nothing answers", async () => {
  open()
  await settle()
  const waits = []
  for (let attempt = 0; attempt < 7; attempt += 1) {
    server.connection.drop()
    waits.push(client.status.retryAt - clock.now())
    await clock.pass(waits.at(-1))
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
})

test("a server that greets and hangs up is not hammered", async () => {
  await live()
  server.connection.drop(4001)
  const first = client.status.retryAt - clock.now()
  await clock.pass(first)
  await greet()
  server.connection.drop(4001)
  assert.ok(client.status.retryAt - clock.now() > first)
})

test("offline since the first moment, over failed attempts", async () => {
  const connection = await live()
  connection.drop()
  const since = client.status.since
  assert.equal(since, clock.now())
  await clock.pass(500)
  server.connection.drop()
  assert.equal(client.status.since, since)
})

test("a refused upgrade is told from an outage by asking", async () => {
  open({ check: async () => { throw Object.assign(new Error(), { status: 401 }) } })
  await settle()
  server.connection.drop()
  await settle()
  assert.deepEqual([client.status.state, client.status.code], ["closed", 4501])
})

test("restarted while the state is loaded: one connection", async () => {
  open()
  client.restart()
  await settle()
  assert.equal(server.connections.length, 1)
})

test("somebody else's session gets nothing of what was written", async () => {
  open()
  await write("private")
  const connection = await greet({ user: { id: BOB, name: "Bob", kind: "user" } })
  assert.deepEqual(connection.received("send"), [])
  assert.equal(client.status.code, "someone_else")
})

test("a connection that went silent is given up, and its late words are ignored", async () => {
  const connection = await live()
  await clock.pass(30_000)
  assert.equal(connection.received("ping").length, 1)
  assert.equal(client.status.state, "offline")
  connection.push(message(11))
  assert.deepEqual(seqs(), [])
})

test("waking up ends the waiting", async () => {
  const connection = await live()
  connection.drop()
  client.wake()
  await settle()
  assert.equal(server.connections.length, 2)
})

test("read marks are cumulative and gathered, and told again after a reconnect", async () => {
  const connection = await live()
  for (const number of [3, 5, 4]) client.read(5, number)
  await clock.pass(50)
  assert.deepEqual(connection.received("read"), [{ type: "read", conversation: 5, number: 5 }])
  connection.drop()
  client.read(6, 1)
  const next = await back()
  await clock.pass(50)
  assert.deepEqual(next.received("read").map(({ conversation, number }) => [conversation, number]).sort(), [[5, 5], [6, 1]])
})

test("typing, watch and idle go out while connected, and what holds goes to the next connection too", async () => {
  open()
  client.watch([BOB])
  client.typing(5)
  const connection = await greet()
  client.typing(5)
  client.idle(true)
  const signs = ({ sent }) => sent.map(({ type }) => type).filter((type) => ["typing", "watch", "idle"].includes(type))
  assert.deepEqual(signs(connection), ["watch", "typing", "idle"])
  await write("said")
  client.typing(5)
  assert.equal(connection.received("typing").length, 2)
  connection.drop()
  client.typing(5)
  assert.deepEqual(signs(await back()), ["watch", "idle"])
})

test("says how much is still to come until it has caught up", async () => {
  const connection = await live()
  connection.drop()
  const told = []
  client.on("status", ({ state, left }) => told.push([state, left]))
  const next = await back({ head: 13 })
  assert.deepEqual(sends(next), [])
  await write("meanwhile")
  assert.deepEqual(sends(next), ["meanwhile"])
  for (const seq of [11, 12, 13, 14]) next.push(message(seq))
  assert.deepEqual(told.slice(-4), [["catching_up", 3], ["catching_up", 2], ["catching_up", 1], ["live", 0]])
})

test("says when it is back, but not at the first time", async () => {
  const connection = await live()
  assert.equal(client.status.back, null)
  connection.drop()
  await back()
  assert.equal(client.status.back, clock.now())
})

test("is back when it has caught up, however long that took", async () => {
  const connection = await live()
  connection.drop()
  const next = await back({ head: 11 })
  await clock.pass(5_000)
  next.push(message(11))
  assert.equal(client.status.back, clock.now())
})

test("a connection that did not live through a sleep is given up within five seconds of waking", async () => {
  await live()
  await clock.pass(1_000)
  clock.sleep(3_600_000)
  await clock.pass(4_500)
  assert.equal(client.status.state, "offline")
})

test("one that did is kept", async () => {
  const connection = await live()
  clock.sleep(3_600_000)
  await clock.pass(1_500)
  assert.equal(connection.received("ping").length, 1)
  connection.push({ type: "pong", head: 10 })
  await clock.pass(4_000)
  assert.equal(client.status.state, "live")
})

test("who wakes up offline tries at once, whatever was being waited for", async () => {
  const connection = await live()
  connection.drop()
  await clock.pass(500)
  assert.equal(server.connections.length, 2)
  clock.sleep(3_600_000)
  await clock.pass(1_500)
  assert.equal(server.connections.length, 3)
})

test("who is just connecting when the network changes gives that up soon", async () => {
  open()
  await settle()
  client.wake()
  await clock.pass(2_000)
  client.wake()
  await clock.pass(1_001)
  assert.equal(client.status.state, "offline")
})

test("whoever wakes up while the state is loaded anew keeps a connection that answers, and no other", async () => {
  open()
  await settle()
  load = () => new Promise(() => {})
  const connection = await greet({ resync: true, epoch: "e2", head: 40, from: 40 })
  client.wake()
  assert.equal(connection.received("ping").length, 1)
  connection.push({ type: "pong", head: 40 })
  await clock.pass(4_000)
  assert.equal(client.status.state, "connecting")
  client.wake()
  await clock.pass(4_000)
  assert.equal(client.status.state, "offline")
})

test("the server's time holds whatever the clock here says, before, then and later", async () => {
  const server_time = "2026-01-02T03:04:05.678Z"
  open()
  assert.equal(client.time(), clock.now())
  await greet({ server_time })
  clock.sleep(-3_600_000)
  await clock.pass(1_000)
  assert.equal(client.time(), Date.parse(server_time) + 1_000)
})

test("another time on the clock, or another day, is told", async () => {
  await live()
  let told = 0
  client.on("time", () => { told += 1 })
  await clock.pass(6_000)
  assert.equal(told, 0)
  clock.sleep(-600_000)
  await clock.pass(1_500)
  assert.equal(told, 1)
})

test("midnight is told though nothing jumps", async () => {
  clock.sleep(new Date(clock.now()).setHours(24, 0, 0, 0) - clock.now() - 4_000)
  await live()
  let told = 0
  client.on("time", () => { told += 1 })
  await clock.pass(3_000)
  assert.equal(told, 0)
  await clock.pass(3_000)
  assert.equal(told, 1)
})

test("asked again and again, a dead connection dies no later", async () => {
  await live()
  for (let times = 0; times < 6; times += 1) {
    client.wake()
    await clock.pass(500)
  }
  assert.equal(client.status.state, "offline")
})

test("stopped, it hears no clock and no tab", async () => {
  await live()
  client.stop()
  const told = []
  client.on("outbox", () => told.push("outbox")).on("time", () => told.push("time"))
  clock.sleep(3_600_000)
  await clock.pass(10_000)
  const other = new Client({ url: "", user: ALICE, load: () => new Promise(() => {}), clock, WebSocket: server.WebSocket, ...browser.tab() })
  other.start()
  other.send({ conversation: 5, body: "there" })
  await settle()
  assert.deepEqual(told, [])
})
