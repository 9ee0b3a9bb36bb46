import assert from "node:assert/strict"
import { test } from "node:test"

import { FileLimits } from "../../chat/static/chat/page/file_limits.js"

const limits = (types, bytes = 1_000) => new FileLimits({ bytes, types })
const refusal = (types, type, size = 10) => limits(types).refusal({ size, type })

test("what is empty or too large is refused, whatever it is", () => {
  assert.equal(refusal("*", "image/png", 0), "empty")
  assert.equal(refusal("*", "image/png", 1_001), "too_large")
  assert.equal(refusal("*", "image/png", 1_000), null)
})

test("pictures are those that the server knows as such", () => {
  assert.equal(refusal("image/png", "image/png"), null)
  assert.equal(refusal("image/*", "image/webp"), null)
  assert.equal(refusal("image/png", "image/jpeg"), "type")
  assert.equal(refusal("application/pdf", "image/jpeg"), "type")
})

test("what is of another kind is refused", () => {
  for (const type of ["application/pdf", "text/plain", "video/mp4", "image/svg+xml"]) {
    assert.equal(refusal("audio/*", type), "type")
  }
  assert.equal(refusal("image/*,video/mp4", "video/quicktime"), null) // a name among several for one thing
})

test("what may be called otherwise than the server calls it may be tried", () => {
  for (const type of ["text/html", "application/json", "image/svg+xml", "text/csv"]) {
    assert.equal(refusal("text/plain", type), null)
  }
  assert.equal(refusal("image/*", ""), null)
  assert.equal(refusal("image/*", "application/octet-stream"), null)
})

test("what is not limited is no list to choose from", () => {
  assert.equal(limits("*").accept, "")
  assert.equal(limits("image/*,application/pdf").accept, "image/*,application/pdf")
  assert.deepEqual([limits("").none, limits("*").none], [true, false])
})
