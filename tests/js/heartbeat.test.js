import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Heartbeat } from "../../chat/static/chat/client/heartbeat.js"
import { FakeClock } from "./fakes.js"

let clock, pings, deaths, heartbeat

beforeEach(() => {
  clock = new FakeClock()
  pings = deaths = 0
  heartbeat = new Heartbeat({ clock, ping: () => { pings += 1 }, dead: () => { deaths += 1 } })
  heartbeat.start()
})

test("pings every twenty seconds", async () => {
  heartbeat.heard()
  for (let minute = 0; minute < 3; minute += 1) {
    await clock.pass(20_000)
    heartbeat.heard()
  }
  assert.equal(pings, 3)
  assert.equal(deaths, 0)
})

test("a connection that never says anything is dead after ten seconds", async () => {
  await clock.pass(9_999)
  assert.equal(deaths, 0)
  await clock.pass(1)
  assert.equal(deaths, 1)
})

test("an unanswered ping is the end, once", async () => {
  heartbeat.heard()
  await clock.pass(29_999)
  assert.equal(deaths, 0)
  await clock.pass(100_000)
  assert.equal(deaths, 1)
  assert.equal(pings, 1)
})

test("a check finds out within four seconds", async () => {
  heartbeat.heard()
  heartbeat.check()
  await clock.pass(4_000)
  assert.equal(deaths, 1)
})

test("stopped is stopped", async () => {
  heartbeat.stop()
  await clock.pass(100_000)
  assert.equal(pings + deaths, 0)
})
