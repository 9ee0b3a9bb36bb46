// The page's language: words from the catalogue that Django serves before the modules run (chat/language.py), names and
// numbers by Intl. Without a catalogue, as in the tests under Node, words are the English ones that stand in the source.
// `make messages` finds what these functions are called with, so that must be a plain string and no variable.
const catalogue = globalThis.django
export const language = globalThis.document?.documentElement.lang || "en"
export const locale = nearest(language, globalThis.navigator?.languages ?? [])

const numbers = new Intl.NumberFormat(locale)
const lists = new Intl.ListFormat(language)

// gettext("{name} left.", { name })
export const gettext = (text, values) => fill(catalogue?.gettext(text) ?? text, values)

// For a word that means several things: pgettext("tick", "read")
export const pgettext = (context, text, values) => fill(catalogue?.pgettext(context, text) ?? text, values)

// ngettext("{count} person", "{count} people", count): {count} is filled in by itself.
export function ngettext(one, many, count, values) {
  const text = catalogue?.ngettext(one, many, count) ?? (count === 1 ? one : many)
  return fill(text, { count: numbers.format(count), ...values })
}

// Names → "Bob and Dora"
export const list = (names) => lists.format(names)

function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place))
}

// The reader's own way to write dates in the page's language, such as en-GB, where the browser names one.
export function nearest(language, wishes) {
  const written = (tag) => { const { language, script } = new Intl.Locale(tag).maximize(); return `${language}-${script}` }
  return wishes.find((wish) => written(wish) === written(language)) ?? language
}
