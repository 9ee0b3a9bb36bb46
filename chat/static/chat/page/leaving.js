import { browserMeans } from "../client/browser.js"
import { EarlierDrafts } from "../client/earlier_drafts.js"
import { CACHE } from "./kept_conversations.js"
import { Unfinished } from "./unfinished.js"

const PATIENCE = 3_000 // ms after which a store that does not answer holds up nobody who wants to leave

// What this browser keeps of a user, for when that one signs out: whoever sits here next must not find it.
export class Leaving {
  #user
  #store
  #caches
  #earlier
  #unfinished

  constructor({ user, storage, store = browserMeans().store, caches = globalThis.caches }) {
    this.#user = user
    this.#caches = caches
    this.#store = store
    this.#earlier = new EarlierDrafts({ storage, user })
    this.#unfinished = new Unfinished({ storage, user })
  }

  // How many messages were written and not sent, as far as they are kept.
  async unsent() {
    const kept = await soon(this.#store?.change(this.#user))
    return (kept ?? []).length + this.#earlier.all().length
  }

  // What was written, begun or read by this user is here no more. What was chosen for this browser stays.
  async forget() {
    for (const { client_id } of this.#earlier.all()) this.#earlier.remove(client_id)
    this.#unfinished.forget()
    await Promise.all([soon(this.#store?.forget(this.#user)), soon(this.#caches?.delete(CACHE))])
  }
}

// What a promise brings; nothing where it fails or takes too long.
function soon(promise) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE))
  return Promise.race([Promise.resolve(promise).catch(() => {}), late])
}
