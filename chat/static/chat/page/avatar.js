const HUES = 8

// The letters and the colour of a conversation's or a person's picture. Colours are classes of the stylesheet.
export function showAvatar(element, name, id) {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  element.textContent = letters.map((word) => [...word][0].toLocaleUpperCase()).join("")
  element.className = `avatar hue-${id % HUES}`
}
