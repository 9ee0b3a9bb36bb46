// Make a list's children those of `entries`, in order, reusing the elements it has: what one reads does not flicker,
// and the focus stays. `key` tells entries apart, `create` makes an element, `update` fills it.
export function sync(list, entries, { key, create, update }) {
  const before = (list.keyed ??= new Map())
  const after = new Map()
  let place = list.firstElementChild
  for (const entry of entries) {
    const name = key(entry)
    const element = before.get(name) ?? create(entry)
    before.delete(name)
    after.set(name, element)
    update(element, entry)
    if (element === place) place = place.nextElementSibling
    else list.insertBefore(element, place)
  }
  for (const element of before.values()) element.remove()
  list.keyed = after
}

export function clone(id) {
  return document.querySelector(`#${id}`).content.firstElementChild.cloneNode(true)
}

// Written only when it changed, so that selections survive.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}
