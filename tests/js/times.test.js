import assert from "node:assert/strict"
import { afterEach, test } from "node:test"

import { clockTime, dayName, dayOf, fullTime, renew, shortTime, timeKey, timeZone, useTimeZone } from "../../chat/static/chat/page/times.js"

const LATE = new Date("2026-03-21T20:30:05Z")
const plain = (text) => text.replace(/\s/gu, " ") // Intl has narrow spaces

afterEach(() => useTimeZone(""))

test("days and times are those of the chosen time zone", () => {
  useTimeZone("Asia/Tokyo")
  assert.equal(dayOf(LATE), "2026-03-22")
  assert.equal(plain(clockTime(LATE)), "5:30 AM")
  assert.equal(plain(fullTime(LATE)), "Sunday, March 22, 2026 at 5:30:05 AM")
  useTimeZone("America/New_York")
  assert.equal(dayOf(LATE), "2026-03-21")
  assert.equal(plain(clockTime(LATE)), "4:30 PM")
})

test("without one, and where the browser does not know it, they are those of the browser", () => {
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone
  for (const name of ["", "Atlantis/Capital"]) {
    useTimeZone("Asia/Tokyo")
    useTimeZone(name)
    assert.equal(timeZone(), here)
  }
})

test("of today the time is told, of other days the day", () => {
  useTimeZone("Asia/Tokyo")
  assert.equal(plain(shortTime(LATE, new Date("2026-03-22T14:59:00Z"))), "5:30 AM")
  assert.equal(shortTime(LATE, new Date("2026-03-22T15:01:00Z")), "Mar 22")
  assert.equal(shortTime(LATE, new Date("2027-01-01T00:00:00Z")), "3/22/26")
  assert.equal(dayName(LATE, new Date("2026-03-22T14:59:00Z")), "today")
  assert.equal(dayName(LATE, new Date("2026-03-22T15:01:00Z")), "yesterday")
  assert.equal(dayName(LATE, new Date("2026-03-25T00:00:00Z")), "Sunday, March 22")
})

test("midnight there and another time zone are noticed, once", () => {
  useTimeZone("Asia/Tokyo")
  renew(new Date("2026-03-22T14:59:00Z"))
  const before = timeKey("x")
  assert.equal(renew(new Date("2026-03-22T14:59:30Z")), false)
  assert.equal(renew(new Date("2026-03-22T15:00:01Z")), true)
  assert.notEqual(timeKey("x"), before)
  assert.equal(renew(new Date("2026-03-22T15:00:02Z")), false)
})
