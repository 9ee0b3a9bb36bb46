import { language, locale } from "./i18n.js"

// Times and days in the page's language, the one way to write them everywhere: in the time zone that one chose, else in
// that of the browser. Knows no `document`.
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
let chosen = null
let formats = formatsIn(zoneNow())
let today = dayOf(new Date())

export const clockTime = (date) => formats.clock.format(date) // 14:05
export const fullTime = (date) => formats.full.format(date)
export const timeZone = () => formats.zone

// The name of one that was chosen, or "": then it is that of the browser, also where that does not know the chosen one.
export function useTimeZone(name) {
  try {
    chosen = name ? new Intl.DateTimeFormat(locale, { timeZone: name }).resolvedOptions().timeZone : null
  } catch {
    chosen = null
  }
  renew()
}

// Whether what was said of times and days is wrong by now: the day is another one, or the machine is elsewhere.
export function renew(now = new Date()) {
  const zone = zoneNow(), before = `${formats.zone} ${today}`
  if (zone !== formats.zone) formats = formatsIn(zone)
  today = dayOf(now)
  return before !== `${formats.zone} ${today}`
}

// 2026-03-21: the day that a moment belongs to.
export function dayOf(date) { return formats.day.format(date) }

// Today, yesterday, Monday, 3 March, or 3 March 2024.
export function dayName(date, now = new Date()) {
  const days = daysBetween(date, now)
  if (days <= 1 && days >= 0) return relative.format(-days, "day")
  return (isSameYear(date, now) ? formats.thisYear : formats.anyYear).format(date)
}

// 14:05, or the day when it was not today.
export function shortTime(date, now = new Date()) {
  if (daysBetween(date, now) === 0) return clockTime(date)
  return (isSameYear(date, now) ? formats.short : formats.shortAnyYear).format(date)
}

// All that the writing of a moment depends on.
export function timeKey(moment) { return `${moment} ${formats.zone} ${today}` }

function zoneNow() { return chosen ?? new Intl.DateTimeFormat().resolvedOptions().timeZone }

function formatsIn(timeZone) {
  const format = (options, language = locale) => new Intl.DateTimeFormat(language, { ...options, timeZone })
  return {
    zone: timeZone,
    clock: format({ timeStyle: "short" }),
    full: format({ dateStyle: "full", timeStyle: "medium" }),
    thisYear: format({ weekday: "long", day: "numeric", month: "long" }),
    anyYear: format({ day: "numeric", month: "long", year: "numeric" }),
    short: format({ day: "numeric", month: "short" }),
    shortAnyYear: format({ day: "numeric", month: "numeric", year: "2-digit" }),
    day: format({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA-u-ca-gregory-nu-latn"),
  }
}

const isSameYear = (one, other) => dayOf(one).slice(0, 4) === dayOf(other).slice(0, 4)
const daysBetween = (one, other) => Math.round((Date.parse(dayOf(other)) - Date.parse(dayOf(one))) / 86_400_000)
