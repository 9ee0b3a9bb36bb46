import { language, locale } from "./i18n.js"

// Times and days in the page's language.
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" })
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" })
const thisYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" })
const anyYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" })
const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" })
const shortAnyYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "numeric", year: "2-digit" })
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })

export const clockTime = (date) => clock.format(date)
export const fullTime = (date) => full.format(date)

// Today, yesterday, Monday, 3 March, or 3 March 2024.
export function dayName(date, now = new Date()) {
  const days = daysBetween(date, now)
  if (days <= 1 && days >= 0) return relative.format(-days, "day")
  return sameYear(date, now) ? thisYear.format(date) : anyYear.format(date)
}

// 14:05, or the day when it was not today.
export function shortTime(date, now = new Date()) {
  if (daysBetween(date, now) === 0) return clockTime(date)
  return sameYear(date, now) ? short.format(date) : shortAnyYear.format(date)
}

export const sameDay = (one, other) => daysBetween(one, other) === 0

const sameYear = (one, other) => one.getFullYear() === other.getFullYear()

function daysBetween(one, other) {
  const midnight = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight(other) - midnight(one)) / 86_400_000)
}
