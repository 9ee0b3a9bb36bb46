import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Socket } from "../../chat/static/chat/client/socket.js"
import { FakeServer } from "./fakes.js"

let server, socket, opened, frames, ends

beforeEach(() => {
  server = new FakeServer()
  opened = 0
  frames = []
  ends = []
  socket = new Socket({
    url: "ws://chat/",
    WebSocket: server.WebSocket,
    opened: () => { opened += 1 },
    frame: (frame) => frames.push(frame),
    closed: (end) => ends.push(end),
  })
})

test("nothing is handed over before it is open", () => {
  assert.equal(socket.send({ type: "ping" }), false)
  server.connection.open()
  assert.equal(opened, 1)
  assert.equal(socket.send({ type: "ping" }), true)
  assert.deepEqual(server.connection.sent, [{ type: "ping" }])
})

test("the bye explains the close", () => {
  server.connection.open()
  const bye = { type: "bye", code: 4000, reason: "Restarting.", reconnect_after: 2 }
  server.connection.push(bye)
  server.connection.drop(1006)
  assert.deepEqual(ends, [{ code: 4000, reason: "Restarting.", bye, opened: true }])
})

test("what never opened says so", () => {
  server.connection.drop()
  assert.deepEqual(ends, [{ code: 1006, reason: "", bye: null, opened: false }])
})

test("given up, it ends at once, once, and is silent", () => {
  server.connection.open()
  socket.abandon()
  server.connection.push({ type: "pong" })
  server.connection.drop(4003)
  socket.abandon()
  assert.deepEqual(frames, [])
  assert.equal(ends.length, 1)
  assert.equal(ends[0].code, 1006)
  assert.equal(socket.send({ type: "ping" }), false)
})
