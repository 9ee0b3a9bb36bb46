const missing = new Set() // of those below: what was wanted and could not be loaded

// A part of the page that nobody needs to begin with: it is made when it is first wanted. `make` is a promise of it,
// `changed()` tells that it could not be loaded, or is there after all.
export class Later {
  made = null // null until then
  #make
  #changed
  #making = null

  constructor(make, { changed }) {
    this.#make = make
    this.#changed = changed
  }

  // Wanted by several at once it is made once. What failed is tried again, as far as the browser does that: those from
  // before 2026 know a module that failed until the page is loaded anew. Throws NotLoaded.
  async get() {
    fetchTheRest()
    this.#making ??= this.#make()
    try {
      this.made = await this.#making
    } catch (error) {
      this.#making = null
      missing.add(this)
      this.#changed()
      throw new NotLoaded(error.message, { cause: error })
    }
    if (missing.delete(this)) this.#changed()
    return this.made
  }

  // The same for whom the page's word about it is enough: null where it could not be loaded.
  async getOrNull() { return await this.get().catch(() => null) }
}

export class NotLoaded extends Error {}

// Whether something of the page was wanted and is not there.
export function isIncomplete() { return missing.size > 0 }

// Fetch the modules of all of these: side by side, and not one after the other as each finds what it imports.
function fetchTheRest() { document.head.append(document.querySelector("#later-modules").content) } // and it is empty
