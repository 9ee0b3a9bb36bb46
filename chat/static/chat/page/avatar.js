import { setText } from "./dom.js"

const HUES = 8

// The face of a person, or of a group: the picture at the address `avatar`, or without one the letters of the name on a
// colour, which goes by the id. Colours are classes of the stylesheet.
export function showAvatar(element, { id, name, avatar: picture = null }) {
  element.className = `avatar hue-${id % HUES}`
  const letters = initials(name)
  if (!picture) return setText(element, letters)
  if (element.firstElementChild?.getAttribute("src") === picture) return
  const image = document.createElement("img")
  image.alt = ""
  image.addEventListener("error", () => setText(element, letters)) // gone meanwhile; the next list tells a new one
  image.src = picture
  element.replaceChildren(image)
}

function initials(name) {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words
  return chosen.map((word) => [...word][0].toLocaleUpperCase()).join("")
}
