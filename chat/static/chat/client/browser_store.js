const DRAFTS = "drafts"
const BY_USER = "user and client_id"
const CLAIMS = "claims"
const MARKS = "marks"
const FILES = "files"

// What all tabs of this browser have in common, in IndexedDB, for each of its users: the drafts, their files, how far the
// inbox's events were claimed, and what was read. A draft gets an `order` when it is added: the one order in which the
// tabs' drafts were written.
export class BrowserStore {
  #factory
  #opening = null

  constructor(indexedDB) { this.#factory = indexedDB }

  // In one transaction: drop drafts by their client_id; add others behind all that are there, but none whose client_id
  // is there already; change some that are there, but bring none back that another tab has dropped. Returns the user's
  // drafts after that, in order.
  async change(user, { drop = [], add = [], change = [] } = {}) {
    const transaction = (await this.#open()).transaction(DRAFTS, "readwrite")
    const finished = end(transaction)
    finished.catch(() => {}) // told at the end, unless something else is told before
    const drafts = transaction.objectStore(DRAFTS), byUser = drafts.index(BY_USER)
    const keyOf = (clientId) => result(byUser.getKey([user, clientId]))
    for (const clientId of drop) {
      const key = await keyOf(clientId)
      if (key !== undefined) drafts.delete(key)
    }
    for (const { order, ...draft } of add) {
      if (await keyOf(draft.client_id) === undefined) drafts.add({ ...draft, user })
    }
    for (const draft of change) {
      if (draft.order && await keyOf(draft.client_id) === draft.order) drafts.put({ ...draft, user })
    }
    const all = await result(byUser.getAll(IDBKeyRange.bound([user], [user, []])))
    await finished
    return all.sort((one, other) => one.order - other.order)
  }

  // Claim an event for this tab. True for the first tab that asks for it, or for one behind it.
  async claim(user, { epoch, seq }) {
    const transaction = (await this.#open()).transaction(CLAIMS, "readwrite")
    const finished = end(transaction)
    finished.catch(() => {})
    const claims = transaction.objectStore(CLAIMS)
    const last = await result(claims.get(user))
    const first = last?.epoch !== epoch || last.seq < seq
    if (first) claims.put({ epoch, seq }, user)
    await finished
    return first
  }

  // What was read, as `change` makes it of what was kept, in one transaction: plain data, null where there is none.
  async marks(user, change) {
    const transaction = (await this.#open()).transaction(MARKS, "readwrite")
    const finished = end(transaction)
    finished.catch(() => {})
    const all = transaction.objectStore(MARKS)
    const marks = change(await result(all.get(user)) ?? null)
    if (marks === null) all.delete(user)
    else all.put(marks, user)
    await finished
    return marks
  }

  // Nothing of this user is kept any more. What they wrote goes first: it does not wait behind a file that is being kept.
  async forget(user) {
    const database = await this.#open(), all = IDBKeyRange.bound([user], [user, []])
    const transaction = database.transaction([DRAFTS, CLAIMS, MARKS], "readwrite")
    const finished = end(transaction)
    finished.catch(() => {})
    const drafts = transaction.objectStore(DRAFTS)
    for (const key of await result(drafts.index(BY_USER).getAllKeys(all))) drafts.delete(key)
    for (const name of [CLAIMS, MARKS]) transaction.objectStore(name).delete(user)
    await finished
    const files = database.transaction(FILES, "readwrite")
    files.objectStore(FILES).delete(all)
    await end(files)
  }

  // Keep files under their keys: [{ key, file }]. In a transaction of their own: they are large, and no draft waits for them.
  async keepFiles(user, files) {
    const transaction = (await this.#open()).transaction(FILES, "readwrite")
    for (const { key, file } of files) transaction.objectStore(FILES).put(file, [user, key])
    await end(transaction)
  }

  // Undefined where it is not kept.
  async file(user, key) {
    return await result((await this.#open()).transaction(FILES).objectStore(FILES).get([user, key]))
  }

  // Forget the files that no draft names any more. A file is kept after its draft: of those that are there now, the
  // drafts are known by the time we ask for them.
  async sweepFiles(user) {
    const database = await this.#open(), all = IDBKeyRange.bound([user], [user, []])
    const kept = await result(database.transaction(FILES).objectStore(FILES).getAllKeys(all))
    if (!kept.length) return
    const drafts = await result(database.transaction(DRAFTS).objectStore(DRAFTS).index(BY_USER).getAll(all))
    const named = new Set(drafts.flatMap(({ files = [] }) => files.map(({ key }) => key)))
    const transaction = database.transaction(FILES, "readwrite")
    for (const [, key] of kept.filter(([, key]) => !named.has(key))) transaction.objectStore(FILES).delete([user, key])
    await end(transaction)
  }

  async #open() {
    this.#opening ??= this.#begin()
    return await this.#opening
  }

  async #begin() {
    try {
      const request = this.#factory.open("imsite", 2)
      request.onupgradeneeded = ({ oldVersion }) => {
        for (const name of [MARKS, FILES]) request.result.createObjectStore(name)
        if (oldVersion === 1) return
        const drafts = request.result.createObjectStore(DRAFTS, { keyPath: "order", autoIncrement: true })
        drafts.createIndex(BY_USER, ["user", "client_id"], { unique: true })
        request.result.createObjectStore(CLAIMS)
      }
      const database = await result(request)
      const forget = () => { this.#opening = null }
      database.onclose = forget // whoever cleared the site's data did that
      database.onversionchange = () => { database.close(); forget() } // a newer page wants to change it
      return database
    } catch (error) {
      this.#opening = null
      throw error
    }
  }
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function end(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve
    transaction.onabort = () => reject(transaction.error)
  })
}
