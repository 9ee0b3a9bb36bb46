import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { settle } from "./fakes.js"
import {
  ALICE, BOB, accepted, anew, back, client, clock, events, greet, live, loadBy, loads, message, open, sends, seqs, server, write,
} from "./one_client.js"

beforeEach(anew)

test("says hello from where the loaded state stands, and acknowledges that", async () => {
  const connection = await live()
  assert.deepEqual(connection.sent[0], { type: "hello", device: { id: "d", kind: "web" }, epoch: "e1", seq: 10 })
  assert.equal(client.status.state, "live")
  await clock.pass(50)
  assert.deepEqual(connection.received("ack"), [{ type: "ack", seq: 10 }])
})

test("a state that cannot be loaded is asked for again", async () => {
  loadBy(async () => { throw new TypeError("Failed to fetch") })
  open()
  await settle()
  assert.equal(client.status.state, "offline")
  loadBy(async () => ({ epoch: "e1", seq: 10 }))
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
  loadBy(() => new Promise((resolve) => { finish = resolve }))
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
  loadBy(async () => { throw new TypeError("Failed to fetch") })
  await greet({ resync: true, epoch: "e2", head: 40, from: 40 })
  assert.equal(client.status.state, "offline")
  loadBy(async () => ({ epoch: "e2", seq: 44 }))
  const next = await back()
  assert.equal(next.received("hello")[0].seq, 44)
  assert.equal(loads >= 3, true)
})

test("another epoch is a resync, whatever the server says", async () => {
  open()
  await greet({ epoch: "e9", head: 3, from: 3 })
  assert.equal(loads, 2)
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
