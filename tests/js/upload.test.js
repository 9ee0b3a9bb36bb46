import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { LOST, Upload } from "../../chat/static/chat/page/upload.js"
import { FakeClock, settle } from "./fakes.js"
import { UploadServer, failure, file } from "./upload_server.js"

const KIB = 1_024

let server, clock

beforeEach(() => {
  server = new UploadServer()
  clock = new FakeClock()
})

const begin = (size, ...trouble) => {
  server.trouble = trouble
  const upload = new Upload({ file: file(size), rest: server, clock, random: () => 1, changed() {} })
  upload.start()
  return upload
}

test("a file goes part by part, larger ones where that is quick", async () => {
  const upload = begin(1_000 * KIB)
  await settle()
  assert.deepEqual(server.calls, ["begin", "append 0+131072", "append 131072+262144", "append 393216+524288", "append 917504+106496"])
  assert.equal(upload.state, "ready")
  assert.equal(upload.attachment.name, "x.bin")
})

test("where the network fails it pauses, asks how far it is, and goes on there with smaller parts", async () => {
  const upload = begin(1_000 * KIB, null, null, failure())
  await settle()
  assert.equal(upload.state, "pausing")
  assert.equal(upload.sent, 131_072)
  assert.ok(upload.retryAt > clock.now())
  server.calls = []
  await clock.pass(upload.retryAt - clock.now())
  assert.deepEqual(server.calls.slice(0, 2), ["look", "append 131072+131072"])
  assert.equal(upload.state, "ready")
})

test("an answer that was lost sends nothing twice", async () => {
  const upload = begin(200 * KIB)
  server.losing = 1
  await settle()
  upload.wake()
  await settle()
  assert.deepEqual(server.calls, ["begin", "append 0+131072", "look", "append 131072+65536", "append 196608+8192"])
  assert.equal(upload.state, "ready")
})

test("it waits longer each time, and no longer than until the network is back", async () => {
  const upload = begin(100, failure(), failure(), failure(), failure())
  const waits = []
  for (let round = 0; round < 4; round++) {
    await settle()
    waits.push(upload.retryAt - clock.now())
    if (round < 3) await clock.pass(waits.at(-1))
  }
  assert.deepEqual(waits, [...waits].sort((one, other) => one - other))
  assert.ok(waits[3] > waits[0])
  upload.wake()
  await settle()
  assert.equal(upload.state, "ready")
})

for (const status of [429, 500, 503]) {
  test(`${status} is not for good`, async () => {
    const upload = begin(100, null, failure(status))
    await settle()
    assert.equal(upload.state, "pausing")
  })
}

test("where the server says when to come again, it is not asked before, and why is known", async () => {
  const upload = begin(100, Object.assign(failure(429), { retryAfter: 3_600 }))
  await settle()
  assert.equal(upload.state, "pausing")
  assert.equal(upload.pausedBy.status, 429)
  await clock.pass(3_599_000)
  assert.deepEqual(server.calls, ["begin"])
  await clock.pass(1_000)
  assert.equal(upload.state, "ready")
  assert.equal(upload.pausedBy, null)
})

for (const status of [400, 413]) {
  test(`${status} is for good, until the person wants it once more`, async () => {
    const upload = begin(100, null, failure(status))
    await settle()
    assert.equal(upload.state, "failed")
    assert.equal(upload.error.status, status)
    upload.retry()
    await settle()
    assert.deepEqual(server.calls, ["begin", "append 0+100", "begin", "append 0+100"])
    assert.equal(upload.state, "ready")
  })
}

test("what the server knows no more begins anew, once", async () => {
  const upload = begin(200 * KIB, null, null, failure(404))
  await clock.pass(60_000)
  assert.equal(server.calls.filter((call) => call === "begin").length, 2)
  assert.equal(upload.state, "ready")
})

test("a cancelled one is given up and stays so", async () => {
  const upload = begin(1_000 * KIB)
  upload.cancel()
  await settle()
  assert.equal(upload.state, "cancelled")
  assert.equal(server.uploads.size, 0)
  upload.wake()
  await settle()
  assert.equal(upload.state, "cancelled")
})

test("one that an earlier page began goes on where it was", async () => {
  server.uploads.set(7, { name: "x.bin", size: 200 * KIB, bytes: 150 * KIB })
  const upload = new Upload({ file: file(200 * KIB), id: 7, rest: server, clock, random: () => 1, changed() {} })
  upload.start()
  await settle()
  assert.deepEqual(server.calls, ["look", "append 153600+51200"])
  assert.equal(upload.state, "ready")
})

test("one whose file was lost is over, unless all of it had come", async () => {
  server.uploads.set(7, { name: "x.bin", size: 100, bytes: 50 })
  server.uploads.set(8, { name: "y.bin", size: 100, bytes: 100 })
  const descriptor = { name: "x.bin", size: 100, type: "" }
  const [lost, there] = [7, 8].map((id) => new Upload({ file: descriptor, id, rest: server, clock, random: () => 1, changed() {} }))
  for (const upload of [lost, there]) upload.start()
  await settle()
  assert.deepEqual([lost.state, lost.error.code, there.state], ["failed", LOST, "ready"])
  lost.retry()
  await settle()
  assert.equal(lost.state, "failed")
})

test("one that is another page's business now stays on the server", async () => {
  const upload = begin(1_000 * KIB)
  await settle(1)
  upload.stop()
  await settle()
  assert.equal(upload.state, "cancelled")
  assert.ok(!server.calls.includes("giveUp"))
})
