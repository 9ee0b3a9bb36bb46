// Show a text in parts, of which some are marked.
export function showParts(element, parts) {
  element.replaceChildren(...parts.map(({ text, hit }) => {
    if (!hit) return document.createTextNode(text)
    const mark = document.createElement("mark")
    mark.textContent = text
    return mark
  }))
}
