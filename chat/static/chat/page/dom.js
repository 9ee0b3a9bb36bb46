// Make a list's children those of `entries`, in order, reusing the elements it has: what one reads does not flicker,
// and the focus stays. `key` tells entries apart, `create` makes an element, `update` fills it.
export function sync(list, entries, { key, create, update }) {
  const before = (list.keyed ??= new Map())
  const wanted = Array.from(entries, (entry) => [key(entry), entry])
  const after = new Map(wanted.map(([name]) => [name, before.get(name)]))
  // What goes, goes first: otherwise all that stays behind it would be moved, and whoever moves loses the focus.
  for (const [name, element] of before) if (!after.has(name)) element.remove()
  let place = list.firstElementChild
  for (const [name, entry] of wanted) {
    const element = after.get(name) ?? create(entry)
    after.set(name, element)
    update(element, entry)
    if (element === place) place = place.nextElementSibling
    else list.insertBefore(element, place)
  }
  list.keyed = after
}

export function clone(id) {
  return document.querySelector(`#${id}`).content.firstElementChild.cloneNode(true)
}

// Written only when it changed, so that selections survive.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}
