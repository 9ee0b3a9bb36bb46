import { text } from "./strings.js"

const MARK = "\u0000" // in no text: the server refuses it

// Fill an element with a sentence. Its values are isolated, so that a name in a script that runs the other way does not
// turn the rest of the sentence around.
export function setSentence(element, name, values) {
  const parts = text(name, Object.fromEntries(Object.keys(values).map((key) => [key, MARK + key + MARK]))).split(MARK)
  const plain = parts.map((part, place) => (place % 2 ? String(values[part]) : part)).join("")
  if (element.textContent !== plain) element.replaceChildren(...parts.map((part, place) => (place % 2 ? isolated(values[part]) : part)))
}

function isolated(value) {
  const element = document.createElement("bdi")
  element.textContent = value
  return element
}
