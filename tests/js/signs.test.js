import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Signs } from "../../chat/static/chat/client/signs.js"
import { FakeClock } from "./fakes.js"

let clock, sent, signs

beforeEach(() => {
  clock = new FakeClock()
  sent = []
  signs = new Signs({ clock, send: (frame) => sent.push(frame) })
  signs.start()
})

const typing = (conversation) => ({ type: "typing", conversation })

test("typing is told every three seconds, of each conversation", async () => {
  for (let key = 0; key < 31; key += 1) {
    signs.typing(5)
    await clock.pass(100)
  }
  signs.typing(6)
  assert.deepEqual(sent, [typing(5), typing(5), typing(6)])
})

test("whoever writes on after a message is typing anew", () => {
  signs.typing(5)
  signs.wrote(5)
  signs.typing(5)
  assert.deepEqual(sent, [typing(5), typing(5)])
})

test("what one typed without a connection is told to nobody", () => {
  signs.stop()
  signs.typing(5)
  signs.start()
  assert.deepEqual(sent, [])
})

test("whom one watches is told when it changes, and to every new connection", () => {
  signs.watch([3, 1, 3])
  signs.watch([1, 3])
  assert.deepEqual(sent, [{ type: "watch", users: [1, 3] }])
  signs.stop()
  signs.watch([7])
  signs.start()
  assert.deepEqual(sent.slice(1), [{ type: "watch", users: [7] }])
  signs.watch([])
  assert.deepEqual(sent.at(-1), { type: "watch", users: [] })
})

test("nobody watches more than the server takes", () => {
  signs.watch(Array.from({ length: 300 }, (_, place) => place + 1))
  assert.equal(sent[0].users.length, 200)
})

test("idle is told when it changes; a new connection is not idle until it hears so", () => {
  signs.idle(false)
  signs.idle(true)
  signs.idle(true)
  assert.deepEqual(sent, [{ type: "idle", idle: true }])
  signs.stop()
  signs.start()
  assert.deepEqual(sent.slice(1), [{ type: "idle", idle: true }])
  signs.idle(false)
  signs.stop()
  signs.start()
  assert.deepEqual(sent.slice(2), [{ type: "idle", idle: false }])
})
