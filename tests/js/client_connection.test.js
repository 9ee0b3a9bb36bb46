// How a client keeps, loses and regains its connection, and what it says of that.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Client } from "../../chat/static/chat/client/client.js"
import { settle } from "./fakes.js"
import {
  ALICE, BOB, anew, back, browser, client, clock, greet, live, loadBy, message, open, sends, seqs, server, write,
} from "./one_client.js"

beforeEach(anew)

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
  loadBy(() => new Promise(() => {}))
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
