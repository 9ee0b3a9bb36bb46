import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"

import { KeptConversations } from "../../chat/static/chat/page/kept_conversations.js"
import { State } from "../../chat/static/chat/page/state.js"
import { settle } from "./fakes.js"

const ALICE = { id: 1, name: "Alice", role: "member", avatar: "/avatars/1" }
const BOB = { id: 2, name: "Bob", role: "member", avatar: null }

const summary = (more = {}) => ({
  id: 5, kind: "direct", title: "", created_at: "2026-01-01T00:00:00Z", members: [ALICE, BOB], marks: [{ user: 2, sent: 3, read: 3 }],
  member_count: 2, last_number: 3, last_message: { number: 3, body: "for your eyes only", sender: 2, created_at: "2026-01-02T00:00:00Z" },
  read_number: 1, role: "member", muted: true, pinned: true, mentions: [3], ...more,
})

const NO_NETWORK = new TypeError("Failed to fetch")

let stores, caches, library, puts

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout"] })
  stores = new Map()
  puts = 0
  caches = {
    open: async (name) => {
      if (!stores.has(name)) stores.set(name, new Map())
      const store = stores.get(name)
      return { put: async (key, answer) => { puts += 1; store.set(key, answer) }, match: async (key) => store.get(key)?.clone() }
    },
  }
  library = { loaded: true, state: new State(1), taken: null, takeUp(summaries) { this.taken = summaries } }
})

const keptBy = (me = 1) => new KeptConversations({ me, library, caches })

async function change(kept) {
  kept.changed()
  mock.timers.tick(200)
  await settle()
}

test("a page without a network knows one's conversations, and nothing that was said", async () => {
  library.state.replace([summary(), summary({ id: 6, kind: "group", title: "Lunch", pinned: false, last_message: null })])
  await change(keptBy())
  assert.equal(await (await stores.get("imsite-pages-1").get("/kept-conversations/1").clone().text()).includes("eyes"), false)
  await keptBy().standIn(NO_NETWORK)
  const state = new State(1)
  state.replace(library.taken)
  const [bob, lunch] = state.sorted()
  assert.deepEqual([bob.id, bob.name, bob.muted, bob.other, bob.activity], [5, "Bob", true, 2, "2026-01-02T00:00:00Z"])
  assert.deepEqual([lunch.id, lunch.name, lunch.memberCount], [6, "Lunch", 2])
  assert.deepEqual([bob.unread, bob.lastMessage, bob.mentioned, bob.messages], [0, null, 0, []])
})

test("it is another one for each person", async () => {
  library.state.replace([summary()])
  await change(keptBy(1))
  await keptBy(2).standIn(NO_NETWORK)
  assert.deepEqual(library.taken, [])
})

test("whoever is signed out sees nothing of it; where a server fails, one may write", async () => {
  library.state.replace([summary()])
  await change(keptBy())
  await keptBy().standIn(Object.assign(new Error("Sign in first."), { status: 401 }))
  assert.equal(library.taken, null)
  await keptBy().standIn(Object.assign(new Error("busy"), { status: 503 }))
  assert.equal(library.taken.length, 1)
})

test("it is kept when it changed, and not before it is known", async () => {
  library.loaded = false
  const kept = keptBy()
  await change(kept)
  assert.equal(puts, 0)
  library.loaded = true
  library.state.replace([summary()])
  await change(kept)
  await change(kept)
  assert.equal(puts, 1)
  library.state.put(summary({ id: 6 }))
  await change(kept)
  assert.equal(puts, 2)
})

test("who signs out is not kept by what was on its way", async () => {
  library.state.replace([summary()])
  const kept = keptBy()
  kept.changed()
  kept.stop()
  mock.timers.tick(200)
  await settle()
  assert.equal(puts, 0)
  const { open } = caches, other = keptBy()
  let opened
  caches.open = (name) => new Promise((resolve) => { opened = async () => resolve(await open(name)) })
  await change(other)
  other.stop()
  await opened()
  await settle()
  assert.equal(puts, 0)
})

test("where nothing can be kept there is nothing", async () => {
  library.state.replace([summary()])
  for (const broken of [undefined, { open: async () => { throw new Error("forbidden") } }]) {
    const kept = new KeptConversations({ me: 1, library, caches: broken })
    await change(kept)
    await kept.standIn(NO_NETWORK)
    assert.deepEqual(library.taken, [])
  }
})
