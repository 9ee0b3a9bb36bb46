// A client before a server and a browser that stand still until a test moves them.
import { Client } from "../../chat/static/chat/client/client.js"
import { FakeBrowser, FakeClock, FakeServer, settle } from "./fakes.js"

export const ALICE = 1, BOB = 2

export let clock, server, browser, client, events, loads

let load

// For each test.
export function anew() {
  clock = new FakeClock()
  server = new FakeServer()
  browser = new FakeBrowser()
  events = []
  loads = 0
  load = async () => ({ epoch: "e1", seq: 10 })
}

// How the state is loaded, from now on.
export function loadBy(how) { load = how }

export function open(options = {}) {
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

export async function greet(welcome = {}) {
  await settle()
  server.connection.open()
  const { epoch, seq } = server.connection.received("hello")[0]
  server.connection.push({ ...base(epoch, seq), ...welcome })
  await settle()
  return server.connection
}

export function base(epoch, seq) {
  const limits = { frame_bytes: 65_536, window: 64, sends_per_minute: 6_000 }
  const server_time = new Date(clock.now()).toISOString()
  return { type: "welcome", user: { id: ALICE, name: "Alice", kind: "user" }, epoch, head: seq, from: seq, limits, server_time }
}

export async function live(options) {
  open(options)
  return await greet()
}

// After a drop: wait out the backoff, and be greeted again.
export async function back(welcome) {
  await clock.pass(client.status.retryAt - clock.now())
  return await greet(welcome)
}

export const message = (seq, fields = {}) => ({
  type: "message",
  seq,
  message: { id: seq, conversation: 5, number: seq, sender: BOB, kind: "text", body: `m${seq}`, client_id: null, ...fields },
})

export const accepted = (client_id, seq) => ({
  type: "accepted", client_id, message: 900 + seq, conversation: 5, number: seq, created_at: "2026-01-01T00:00:00Z", seq,
})

export const seqs = () => events.map((event) => event.seq)

// Written, kept, and on its way where it may be.
export async function write(body) {
  const draft = client.send({ conversation: 5, body })
  await settle()
  return draft
}

export const sends = (connection) => connection.received("send").map((frame) => frame.body)
