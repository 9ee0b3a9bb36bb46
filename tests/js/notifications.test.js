import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { NotificationMarks } from "../../chat/static/chat/client/notification_marks.js"
import { Notifications, destination } from "../../chat/static/chat/page/notifications.js"

const one = (id, fields = {}) => ({ id, seq: id * 10, title: `n${id}`, body: "", read_at: null, ...fields })
const event = (id) => ({ seq: id * 10, message: { id, body: "b", sender: 3, created_at: "t", data: { title: `n${id}`, level: "info" } } })

let known

beforeEach(() => {
  known = new Notifications()
  known.replace({ results: [one(2), one(1, { read_at: "then" })], next: "10", unread: 5 })
})

const ids = () => known.sorted().map(({ id }) => id)
const unreadIds = () => known.sorted().filter(({ read_at }) => !read_at).map(({ id }) => id)

test("what arrives comes first and is not read", () => {
  assert.equal(known.add(event(3)), true)
  assert.deepEqual(ids(), [3, 2, 1])
  assert.equal(known.unread, 6)
  assert.equal(known.sorted()[0].title, "n3")
})

test("what the list had already is not counted again", () => {
  assert.equal(known.add(event(2)), false)
  assert.equal(known.unread, 5)
})

test("the next page is added behind", () => {
  known.more({ results: [one(1), one(0)], next: null })
  assert.deepEqual(ids(), [2, 1, 0])
  assert.equal(known.next, null)
  assert.deepEqual(unreadIds(), [2, 0])
})

test("one that is read counts once", () => {
  known.read({ ids: [2] })
  known.read({ ids: [2] })
  assert.deepEqual(unreadIds(), [])
  assert.equal(known.unread, 4)
})

test("everything up to the newest leaves nothing unread, though not all is known here", () => {
  known.read({ up_to: known.newest })
  assert.equal(known.unread, 0)
})

test("the server's count wins, and whether it is ours is told", () => {
  assert.equal(known.read({ ids: [2], unread: 1 }), false)
  assert.equal(known.unread, 1)
  assert.equal(known.read({ ids: [2], unread: 1 }), true)
  assert.equal(known.read({ up_to: 20, unread: 0 }), true)
})

test("what was read elsewhere is caught up with, and what arrived meanwhile stays", () => {
  known.add(event(4))
  known.refresh({ results: [one(3), one(2, { read_at: "now" })], next: null, unread: 1 })
  assert.deepEqual(ids(), [4, 3, 2, 1])
  assert.deepEqual(unreadIds(), [4, 3])
  assert.equal(known.unread, 2)
})

test("links lead to the web or into the site, and nowhere else", () => {
  const base = "https://chat.example/page#c5"
  assert.equal(destination("/orders/17", base).href, "https://chat.example/orders/17")
  assert.equal(destination("http://example.com/x", base).href, "http://example.com/x")
  for (const url of ["", undefined, "javascript:alert(1)", "data:text/html,x", "http://[", "mailto:a@b"]) {
    assert.equal(destination(url, base), null)
  }
})

test("marks are told until the server knows", () => {
  const sent = []
  const marks = new NotificationMarks({ send: (frame) => sent.push(frame) })
  marks.read({ ids: [1, 2] })
  assert.deepEqual(sent, [])
  marks.start()
  assert.deepEqual(sent.splice(0), [{ type: "notifications_read", ids: [1, 2] }])
  marks.read({ upTo: 30 })
  assert.deepEqual(sent.splice(0), [{ type: "notifications_read", up_to: 30 }])
  marks.heard({ ids: [1] })
  marks.stop()
  marks.start()
  assert.deepEqual(sent.splice(0), [{ type: "notifications_read", up_to: 30 }, { type: "notifications_read", ids: [2] }])
  marks.heard({ ids: [2], up_to: 30 })
  marks.stop()
  marks.start()
  assert.deepEqual(sent, [])
})

test("a frame names no more than the server takes", () => {
  const sent = []
  const marks = new NotificationMarks({ send: (frame) => sent.push(frame) })
  marks.start()
  marks.read({ ids: Array.from({ length: 450 }, (_, n) => n + 1) })
  assert.deepEqual(sent.map(({ ids }) => ids.length), [200, 200, 50])
})
