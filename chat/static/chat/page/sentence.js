const MARK = "\u0000" // in no text: the server refuses it

// Fill an element with a sentence whose values are isolated, so that a name in a script that runs the other way does not
// turn the rest of it around: setSentence(element, (value) => gettext("Reply to {name}", { name: value(name) }))
export function setSentence(element, sentence) {
  const values = []
  const parts = sentence((value) => MARK + (values.push(String(value)) - 1) + MARK).split(MARK)
  const said = parts.map((part, place) => (place % 2 ? values[part] : part))
  if (element.textContent !== said.join("")) element.replaceChildren(...said.map((part, place) => (place % 2 ? isolated(part) : part)))
}

function isolated(value) {
  const element = document.createElement("bdi")
  element.textContent = value
  return element
}
