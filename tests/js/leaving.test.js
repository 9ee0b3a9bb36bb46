import assert from "node:assert/strict"
import { test } from "node:test"

import { Client } from "../../chat/static/chat/client/client.js"
import { Leaving } from "../../chat/static/chat/page/leaving.js"
import { Unfinished } from "../../chat/static/chat/page/unfinished.js"
import { FakeBrowser, FakeClock, FakeServer, FakeStorage, settle } from "./fakes.js"

const ALICE = 1, BOB = 2

// A browser in which both have written something while there was no connection.
async function used() {
  const browser = new FakeBrowser(), storage = new FakeStorage(), { store } = browser.tab()
  for (const user of [ALICE, BOB]) {
    const { WebSocket } = new FakeServer()
    const device = { id: "d", kind: "web" }, load = async () => ({ epoch: "e", seq: 0 })
    const client = new Client({ url: "", user, device, load, WebSocket, clock: new FakeClock(), ...browser.tab() })
    client.start()
    client.send({ conversation: 5, body: `by ${user}` })
    client.read(5, 3)
    new Unfinished({ storage, user }).set(5, { body: "half a thou", reply_to: null })
    storage.setItem(`imsite.outbox.${user}.old`, JSON.stringify({ client_id: "old", conversation: 5, body: "earlier", order: 1 }))
  }
  storage.setItem("imsite.theme", "dark")
  await settle()
  return { browser, storage, store }
}

test("what was written and not sent is counted before one leaves, one's own alone", async () => {
  const { storage, store } = await used()
  assert.equal(await new Leaving({ user: ALICE, storage, store }).unsent(), 2)
  assert.equal(await new Leaving({ user: 3, storage, store }).unsent(), 0)
})

test("who leaves leaves nothing behind, and takes nothing of others nor of the browser", async () => {
  const { browser, storage, store } = await used()
  await new Leaving({ user: ALICE, storage, store }).forget()
  assert.deepEqual(browser.drafts.map(({ body }) => body), ["by 2"])
  assert.deepEqual([...browser.marks.keys()], [BOB])
  const keys = Array.from({ length: storage.length }, (_, place) => storage.key(place))
  assert.deepEqual(keys.sort(), ["imsite.outbox.2.old", "imsite.theme", "imsite.unfinished.2.5"])
})

test("the page and the names in it are forgotten with the words, and nothing else that is kept", async () => {
  const { storage, store } = await used(), names = ["imsite-files-1", "imsite-pages-1"]
  const caches = { delete: async (name) => { names.splice(names.indexOf(name), 1) } }
  await new Leaving({ user: ALICE, storage, store, caches }).forget()
  assert.deepEqual(names, ["imsite-files-1"])
})

test("where nothing can be kept, nothing holds one up", async () => {
  const store = { change: async () => { throw new Error() }, forget: async () => { throw new Error() } }
  const caches = { delete: async () => { throw new Error() } }
  for (const broken of [{ store, caches }, { store: null, caches: undefined }]) {
    const leaving = new Leaving({ user: ALICE, storage: {}, ...broken })
    assert.equal(await leaving.unsent(), 0)
    await leaving.forget()
  }
})
