// The page's words, from its <template id="strings">, so that they are translated with it.
const words = new Map(
  Array.from(document.querySelector("#strings").content.children, (entry) => [entry.dataset.name, entry.textContent]),
)

export const has = (name) => words.has(name)

export function text(name, values = {}) {
  return words.get(name).replace(/\{(\w+)\}/g, (_, key) => String(values[key]))
}
