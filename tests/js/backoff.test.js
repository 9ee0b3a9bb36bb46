import assert from "node:assert/strict"
import test from "node:test"

import { backoff } from "../../chat/static/chat/client/backoff.js"

test("the ceiling doubles and stays bounded", () => {
  const ceilings = [0, 1, 2, 3, 20].map((attempt) => backoff(attempt, { random: () => 1 }))
  assert.deepEqual(ceilings, [1_000, 2_000, 4_000, 8_000, 30_000])
})

test("the jitter is full: it may be nothing at all", () => {
  assert.equal(backoff(5, { random: () => 0 }), 0)
})
