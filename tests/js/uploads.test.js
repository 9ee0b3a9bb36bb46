// Messages with files: by real clients, over reloads and from tab to tab.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Client } from "../../chat/static/chat/client/client.js"
import { attachmentsOf, isWordless } from "../../chat/static/chat/page/attachments.js"
import { MOST, Uploads } from "../../chat/static/chat/page/uploads.js"
import { FakeBrowser, FakeClock, settle } from "./fakes.js"
import { LittleServer } from "./little_server.js"
import { UploadServer, failure, file } from "./upload_server.js"

const KIB = 1_024

let clock, server, rest, browser, tab

beforeEach(async () => {
  clock = new FakeClock()
  server = new LittleServer({ user: 1, clock })
  rest = new UploadServer()
  browser = new FakeBrowser()
  tab = await open()
})

// A page: its client and its uploads (where `late`, by `takeUp` alone), and a way to end it.
async function open({ late = false, ...options } = {}) {
  const { kill, freeze, ...means } = browser.tab()
  const tab = { alive: true }
  const alive = (call) => (...asked) => tab.alive ? call(...asked) : new Promise(() => {})
  const WebSocket = server.webSocket(() => tab.alive)
  tab.client = new Client({
    url: "", user: 1, device: { id: "d", kind: "web" }, load: server.position, random: () => 1, WebSocket,
    clock: { ...clock, setTimeout: (run, wait) => clock.setTimeout(() => { if (tab.alive) run() }, wait) },
    ...means, ...options,
  })
  tab.client.start()
  const api = Object.fromEntries(["begin", "append", "look", "giveUp"].map((name) => [name, alive((...asked) => rest[name](...asked))]))
  tab.takeUp = () => { tab.uploads = new Uploads({ rest: api, clock, random: () => 1, client: tab.client, changed() {} }) }
  if (!late) tab.takeUp()
  tab.kill = () => { tab.alive = false; kill() }
  tab.say = (body, conversation = 5) => tab.uploads.take(conversation, { body }) || Boolean(tab.client.send({ conversation, body }))
  await clock.pass(100)
  return tab
}

async function reload(options) {
  tab.kill()
  tab = await open(options)
}

const said = () => server.stored.map(({ body }) => body)
const shown = ({ uploads }) => uploads.of(5).map(({ upload, taken }) => [upload.file.name, upload.state, taken])
const failed = ({ client }) => client.outbox.all().filter((draft) => draft.failed).map(({ body }) => body)

const held = async () => (await browser.tab().locks.query()).held.map(({ name }) => name).filter((name) => name.includes("files"))

// From now on no part of a file arrives, until what is returned is called; then those that nobody gave up do.
function dam() {
  const held = [], { append } = UploadServer.prototype
  rest.append = (id, offset, part, signal) => new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(failure()))
    held.push(() => { if (!signal.aborted) append.call(rest, id, offset, part).then(resolve, reject) })
  })
  return () => { rest.append = append; for (const arrive of held) arrive() }
}

test("a message waits for its files, and names them for those who know no attachments", async () => {
  tab.uploads.add(5, file(100, "a.png"))
  tab.uploads.add(5, file(100, "b.pdf"))
  assert.equal(tab.say(""), true)
  assert.deepEqual(server.stored, [])
  assert.deepEqual(tab.client.outbox.of(5).map(({ body }) => body), ["a.png, b.pdf"])
  await clock.pass(100)
  const [{ kind, body, data }] = server.stored
  assert.deepEqual([kind, body, data], ["attachments", "a.png, b.pdf", { attachments: [{ id: 1, name: "a.png" }, { id: 2, name: "b.pdf" }] }])
  assert.deepEqual([tab.uploads.isBusy, tab.uploads.of(5), browser.files.size], [false, [], 0])
  assert.deepEqual(await held(), [])
})

test("its words, its answer and its mentions are sent along", async () => {
  tab.uploads.add(5, file(100, "a.png"))
  await settle()
  tab.uploads.take(5, { body: "look, @Bob", reply_to: 7, data: { mentions: [3] } })
  assert.equal(tab.client.outbox.all()[0].reply_to, 7)
  await clock.pass(100)
  assert.deepEqual(server.stored[0].data, { mentions: [3], attachments: [{ id: 1, name: "a.png" }] })
  assert.equal(server.stored[0].body, "look, @Bob")
})

test("without files nothing is taken, and conversations have their own", () => {
  assert.equal(tab.uploads.take(5, { body: "hello" }), false)
  tab.uploads.add(5, file(100))
  assert.equal(tab.uploads.has(5), true)
  assert.equal(tab.uploads.has(6), false)
  assert.equal(tab.uploads.take(6, { body: "hello" }), false)
})

test("what is written later waits behind it, in its conversation alone", async () => {
  const flow = dam()
  tab.uploads.add(5, file(100))
  tab.say("with a file")
  tab.say("later")
  tab.say("elsewhere", 6)
  await clock.pass(100)
  assert.deepEqual(said(), ["elsewhere"])
  flow()
  await clock.pass(100)
  assert.deepEqual(said(), ["elsewhere", "with a file", "later"])
})

test("after a reload it goes on where it was, is sent once and before what was written later", async () => {
  rest.trouble = [null, null, failure()]
  tab.uploads.add(5, file(1_000 * KIB))
  tab.say("with a file")
  tab.say("later")
  await clock.pass(10)
  assert.deepEqual(shown(tab), [["x.bin", "pausing", true]])
  assert.equal(tab.uploads.isBusy, false)
  rest.calls = []
  await reload()
  await clock.pass(100)
  assert.deepEqual(rest.calls.slice(0, 2), ["look", "append 131072+131072"])
  assert.deepEqual(said(), ["with a file", "later"])
  assert.equal(server.sends, 2)
  assert.deepEqual([browser.files.size, browser.drafts], [0, []])
})

test("what waits goes on too where the outbox has told of it long before", async () => {
  rest.trouble = [null, null, failure()]
  tab.uploads.add(5, file(1_000 * KIB))
  tab.say("with a file")
  await clock.pass(10)
  await reload({ late: true })
  await clock.pass(2_000)
  assert.deepEqual(said(), [])
  tab.takeUp()
  await clock.pass(100)
  assert.deepEqual(said(), ["with a file"])
})

test("a reload in the moment after it was sent loses neither words nor order, but names a file that was not kept", async () => {
  browser.noFiles = true
  dam()
  tab.uploads.add(5, file(100, "plan.pdf"))
  tab.say("with a file")
  tab.say("later")
  await clock.pass(10)
  assert.equal(tab.uploads.isBusy, true)
  rest.uploads.clear()
  await reload()
  await clock.pass(10_000)
  assert.deepEqual(said(), ["later"])
  assert.deepEqual([shown(tab), failed(tab)], [[["plan.pdf", "failed", false]], ["with a file"]])
  tab.uploads.remove(5, tab.uploads.of(5)[0].upload)
  await clock.pass(100)
  assert.deepEqual(said(), ["later", "with a file"])
})

test("a file that fails lets the rest go on, and the words come back; both go when it is tried again", async () => {
  rest.trouble = [failure(413)]
  tab.uploads.add(5, file(100, "large"))
  tab.say("look")
  tab.say("later")
  await clock.pass(100)
  assert.deepEqual([said(), failed(tab)], [["later"], ["look"]])
  await reload()
  assert.deepEqual([shown(tab), failed(tab)], [[["large", "failed", false]], ["look"]])
  tab.uploads.retry(tab.uploads.of(5)[0].upload)
  await clock.pass(100)
  assert.deepEqual(said(), ["later", "look"])
  assert.equal(server.stored[1].kind, "attachments")
  assert.equal(browser.files.size, 0)
})

test("a failed one that is discarded is forgotten", async () => {
  rest.trouble = [failure(413)]
  tab.uploads.add(5, file(100))
  tab.say("look")
  await clock.pass(100)
  tab.client.discard(tab.client.outbox.all()[0].client_id)
  await clock.pass(100)
  assert.deepEqual([shown(tab), said(), browser.files.size], [[], [], 0])
})

test("one that is discarded on its way is not uploaded any further", async () => {
  const flow = dam()
  tab.uploads.add(5, file(300 * KIB))
  tab.say("look")
  await clock.pass(100)
  tab.client.discard(tab.client.outbox.all()[0].client_id)
  flow()
  await clock.pass(10_000)
  assert.deepEqual([shown(tab), said(), rest.calls, await held()], [[], [], ["begin"], []])
})

test("what is removed is not waited for; words that are left are sent, and the names of what is left", async () => {
  dam()
  const one = tab.uploads.add(5, file(100, "one"))
  tab.say("hello")
  const two = tab.uploads.add(5, file(100, "two"))
  tab.say("")
  tab.say("later")
  await clock.pass(10)
  tab.uploads.remove(5, one)
  await clock.pass(10)
  assert.deepEqual(said(), ["hello"])
  tab.uploads.remove(5, two)
  await clock.pass(10)
  assert.deepEqual(said(), ["hello", "later"])
  assert.equal(rest.uploads.size, 0)
})

test("of several the rest goes, under its own names", async () => {
  const flow = dam()
  for (const name of ["one", "two"]) tab.uploads.add(5, file(100, name))
  tab.say("")
  await clock.pass(10)
  await reload()
  tab.uploads.remove(5, tab.uploads.of(5)[0].upload)
  flow()
  await clock.pass(100)
  assert.deepEqual([said(), rest.uploads.size], [["two"], 1])
})

test("two tabs see it, one takes its files, and the other goes on when that is gone", async () => {
  const flow = dam(), other = await open()
  tab.uploads.add(5, file(300 * KIB))
  tab.say("with a file")
  await clock.pass(100)
  assert.deepEqual([shown(tab), shown(other)], [[["x.bin", "uploading", true]], [["x.bin", "waiting", true]]])
  assert.equal(rest.calls.length, 1)
  flow()
  tab.kill()
  await clock.pass(40_000)
  assert.equal(rest.calls.filter((call) => call === "begin").length, 1)
  assert.deepEqual([said(), server.sends, shown(other), browser.files.size], [["with a file"], 1, [], 0])
})

test("another tab shows the same files while nothing is said of them", async () => {
  dam()
  const other = await open()
  tab.uploads.add(5, file(300 * KIB))
  tab.say("with a file")
  await clock.pass(100)
  const [{ upload }] = other.uploads.of(5)
  other.client.wake()
  await clock.pass(100)
  assert.equal(other.uploads.of(5)[0].upload, upload)
})

test("what one tab removes, the other does not send", async () => {
  const flow = dam()
  const other = await open()
  tab.uploads.add(5, file(100))
  tab.say("with a file")
  await clock.pass(100)
  other.uploads.remove(5, other.uploads.of(5)[0].upload)
  await clock.pass(100)
  flow()
  await clock.pass(10_000)
  assert.deepEqual([said(), shown(tab), rest.uploads.size], [["with a file"], [], 0])
  assert.equal(server.stored[0].kind, "text")
})

test("of several, what one tab removes the other takes no further", async () => {
  const flow = dam(), other = await open()
  for (const name of ["one", "two"]) tab.uploads.add(5, file(300 * KIB, name))
  tab.say("")
  await clock.pass(100)
  other.uploads.remove(5, other.uploads.of(5)[0].upload)
  await clock.pass(100)
  assert.deepEqual(shown(tab), [["two", "uploading", true]])
  flow()
  await clock.pass(10_000)
  assert.deepEqual([said(), rest.uploads.size, rest.calls.filter((call) => call === "begin").length], [["two"], 1, 2])
})

test("without Web Locks a page that comes back goes on too", async () => {
  tab.kill()
  tab = await open({ locks: undefined })
  dam()
  tab.uploads.add(5, file(100))
  tab.say("with a file")
  await clock.pass(100)
  tab.kill()
  rest = new UploadServer()
  tab = await open({ locks: undefined })
  await clock.pass(60_000)
  assert.deepEqual(said(), ["with a file"])
})

test("where nothing can be kept, it is sent all the same, and would be missed until then", async () => {
  tab.kill()
  tab = await open({ store: null })
  const flow = dam()
  tab.uploads.add(5, file(100))
  tab.say("with a file")
  await clock.pass(100)
  assert.equal(tab.uploads.isBusy, true)
  flow()
  await clock.pass(100)
  assert.deepEqual([said(), tab.uploads.isBusy], [["with a file"], false])
})

test("without words and files nothing is left", async () => {
  tab.uploads.remove(5, tab.uploads.add(5, file(100)))
  assert.equal(tab.uploads.isBusy, false)
  assert.deepEqual([shown(tab), tab.client.outbox.all()], [[], []])
})

test("two are on their way at once, and a message has so many", async () => {
  for (let count = 0; count < MOST; count++) assert.ok(tab.uploads.add(5, file(100)))
  assert.equal(tab.uploads.add(5, file(100)), null)
  assert.deepEqual(shown(tab).map(([, state]) => state).slice(0, 3), ["uploading", "uploading", "waiting"])
  await settle()
  await settle()
  assert.ok(shown(tab).every(([, state]) => state === "ready"))
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
