// What one chose for this browser, in `storage` (of localStorage's interface). Where that is forbidden, it lives as long
// as the page. Knows no `document`.
export const DEFAULTS = { theme: "system", sound: "on", "single-keys": "on", desktop: "unasked" }

export class Preferences {
  #storage
  #unstored = new Map()

  constructor(storage) { this.#storage = storage }

  get(name) {
    if (this.#unstored.has(name)) return this.#unstored.get(name)
    try {
      return this.#storage.getItem(`imsite.${name}`) ?? DEFAULTS[name]
    } catch {
      return DEFAULTS[name]
    }
  }

  set(name, value) {
    try {
      this.#storage.setItem(`imsite.${name}`, value)
      this.#unstored.delete(name)
    } catch {
      this.#unstored.set(name, value)
    }
  }
}
