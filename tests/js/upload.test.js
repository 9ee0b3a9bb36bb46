import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Upload } from "../../chat/static/chat/page/upload.js"
import { MOST, Uploads, attachmentsOf, isWordless } from "../../chat/static/chat/page/uploads.js"
import { FakeClock, settle } from "./fakes.js"

const KIB = 1_024
const failure = (status) => Object.assign(new Error(`${status}`), status ? { status } : {})

// A server that keeps what came, and answers as it is told.
class Server {
  uploads = new Map()
  trouble = [] // errors, each for one call
  calls = []
  losing = 0 // answers that get lost though the part has come

  #answer(id) {
    const { size, bytes } = this.uploads.get(id) ?? (() => { throw failure(404) })()
    const attachment = bytes === size ? { id, name: this.uploads.get(id).name } : null
    return { id, offset: bytes, attachment }
  }
  #heard(call) {
    this.calls.push(call)
    const error = this.trouble.shift()
    if (error) throw error
  }
  async begin({ name, size }) {
    this.#heard("begin")
    const id = this.uploads.size + 1
    this.uploads.set(id, { name, size, bytes: 0 })
    return this.#answer(id)
  }
  async append(id, offset, part) {
    this.#heard(`append ${offset}+${part.size}`)
    const upload = this.uploads.get(id)
    if (!upload) throw failure(404)
    if (upload.bytes !== offset) throw failure(409)
    upload.bytes += part.size
    if (this.losing-- > 0) throw failure()
    return this.#answer(id)
  }
  async look(id) { this.#heard("look"); return this.#answer(id) }
  async giveUp(id) { this.#heard("giveUp"); this.uploads.delete(id); return null }
}

let server, clock

beforeEach(() => {
  server = new Server()
  clock = new FakeClock()
})

const file = (size, name = "x.bin") => Object.assign(new Blob([new Uint8Array(size)]), { name })
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

// Batches

let sent, uploads

beforeEach(() => {
  sent = []
  uploads = new Uploads({ rest: server, clock, random: () => 1, send: (...message) => sent.push(message), changed() {} })
})

test("a message waits for its files, and names them for those who know no attachments", async () => {
  uploads.add(5, file(100, "a.png"))
  uploads.add(5, file(100, "b.pdf"))
  assert.equal(uploads.take(5, { body: "" }), true)
  assert.deepEqual(sent, [])
  await settle()
  assert.deepEqual(sent, [[5, { kind: "attachments", body: "a.png, b.pdf", data: { attachments: [{ id: 1, name: "a.png" }, { id: 2, name: "b.pdf" }] } }]])
  assert.equal(uploads.isBusy, false)
})

test("its words, its answer and its mentions are sent along", async () => {
  uploads.add(5, file(100, "a.png"))
  await settle()
  uploads.take(5, { body: "look, @Bob", reply_to: 7, data: { mentions: [3] } })
  assert.deepEqual(sent, [[5, { kind: "attachments", body: "look, @Bob", reply_to: 7, data: { mentions: [3], attachments: [{ id: 1, name: "a.png" }] } }]])
})

test("without files nothing is taken, and conversations have their own", () => {
  assert.equal(uploads.take(5, { body: "hello" }), false)
  uploads.add(5, file(100))
  assert.equal(uploads.has(5), true)
  assert.equal(uploads.has(6), false)
  assert.equal(uploads.take(6, { body: "hello" }), false)
})

test("a small one does not overtake the large one before it", async () => {
  server.trouble = [failure()]
  uploads.add(5, file(100, "first"))
  uploads.take(5, { body: "one" })
  await settle()
  uploads.add(5, file(100, "second"))
  uploads.take(5, { body: "two" })
  await settle()
  assert.deepEqual(sent, [])
  uploads.wake()
  await settle()
  assert.deepEqual(sent.map(([, { body }]) => body), ["one", "two"])
})

test("what is removed is not waited for; words that are left are sent", async () => {
  server.trouble = [failure(413)]
  const upload = uploads.add(5, file(100, "large"))
  uploads.take(5, { body: "hello" })
  await settle()
  assert.equal(upload.state, "failed")
  assert.deepEqual(sent, [])
  uploads.remove(5, upload)
  assert.deepEqual(sent, [[5, { body: "hello" }]])
})

test("without words and files nothing is left", async () => {
  uploads.remove(5, uploads.add(5, file(100)))
  assert.equal(uploads.isBusy, false)
  assert.deepEqual(sent, [])
})

test("two are on their way at once, and a message has so many", async () => {
  for (let count = 0; count < MOST; count++) assert.ok(uploads.add(5, file(100)))
  assert.equal(uploads.add(5, file(100)), null)
  assert.deepEqual(uploads.of(5).map(({ upload }) => upload.state).slice(0, 3), ["uploading", "uploading", "waiting"])
  await settle()
  await settle()
  assert.ok(uploads.of(5).every(({ upload }) => upload.state === "ready"))
})

test("which messages have files, and whether their text says more than their names", () => {
  const attachments = [{ name: "a.png" }, { name: "b.pdf" }]
  const message = { kind: "attachments", body: "a.png, b.pdf", data: { attachments } }
  assert.equal(attachmentsOf(message), attachments)
  assert.equal(isWordless(message), true)
  assert.equal(isWordless({ ...message, body: "look" }), false)
  assert.deepEqual(attachmentsOf({ ...message, kind: "text" }), [])
  assert.deepEqual(attachmentsOf({ ...message, data: null, recalled_at: "now" }), [])
  assert.equal(isWordless({ kind: "text", body: "" }), false)
})
