// Put a text on the clipboard; whether it is there. Browsers have the one way on https and localhost only.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyTheOldWay(text)
  }
}

function copyTheOldWay(text) {
  const before = document.activeElement
  const field = document.createElement("textarea")
  field.value = text
  field.className = "hidden-text"
  document.body.append(field)
  field.select()
  const copied = document.execCommand("copy")
  field.remove()
  before?.focus()
  return copied
}
