// A part of the page that nobody needs to begin with: it is made when it is first wanted. `make` is a promise of it.
export class Later {
  made = null // null until then
  #make
  #making = null

  constructor(make) { this.#make = make }

  // Wanted by several at once it is made once; what failed is tried again.
  async get() {
    fetchTheRest()
    this.#making ??= this.#make()
    try {
      this.made = await this.#making
    } catch (error) {
      this.#making = null
      throw error
    }
    return this.made
  }
}

// Fetch the modules of all of these: side by side, and not one after the other as each finds what it imports.
export function fetchTheRest() { document.head.append(document.querySelector("#later-modules").content) } // and it is empty
