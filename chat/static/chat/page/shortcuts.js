const ARROWS = new Map([["ArrowDown", "next"], ["ArrowUp", "previous"]])
export const LETTERS = new Map([
  ["?", "help"], ["/", "search"], ["c", "new"], ["w", "write"], ["r", "reply"], ["d", "details"], ["b", "bell"],
])
// On a message that has the focus.
export const MESSAGE_LETTERS = new Map([["r", "reply"], ["c", "copy"], ["e", "edit"], ["i", "readers"]])

// What a key means, outside of menus and dialogs, which have keys of their own. Pure.
//
// `event` is a keydown, `writing` whether it goes into a text, `single` whether single letters are on (they can be turned
// off, for who speaks to the computer). An action, or null.
export function actionOf({ key, altKey, ctrlKey, metaKey, isComposing = false }, { writing, single }) {
  if (isComposing) return null
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") return "search"
  if (ctrlKey || metaKey) return null
  if (altKey) return ARROWS.get(key) ?? null
  if (writing || !single) return null
  return LETTERS.get(key) ?? null
}

// What a key does with the message that has the focus, or null.
export function messageAction({ key }, { single }) {
  if (key === "Delete") return "recall"
  return single ? MESSAGE_LETTERS.get(key) ?? null : null
}

// The neighbour of the open conversation in the list; from none, the first or the last.
export function neighbour(conversations, open, step) {
  if (!conversations.length) return undefined
  const place = conversations.indexOf(open)
  if (place < 0) return step > 0 ? conversations[0] : conversations.at(-1)
  return conversations[Math.min(Math.max(place + step, 0), conversations.length - 1)]
}
