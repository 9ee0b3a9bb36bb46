import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { beforeEach, test } from "node:test"
import { runInNewContext } from "node:vm"

const SOURCE = readFileSync(new URL("../../chat/static/chat/shell/worker.js", import.meta.url), "utf8")
const SITE = "https://chat.example.com"

// A browser around the worker, and a server that can be away.
class Browser {
  stores = new Map()
  server = new Map()
  away = false
  #listeners = {}

  constructor() {
    const { stores } = this
    const caches = {
      open: async (name) => {
        if (!stores.has(name)) stores.set(name, new Map())
        const store = stores.get(name)
        return { put: async ({ url }, answer) => void store.set(url, answer), match: async ({ url }) => store.get(url) }
      },
      keys: async () => [...stores.keys()],
      delete: async (name) => stores.delete(name),
    }
    const self = {
      location: { origin: SITE },
      addEventListener: (type, run) => { this.#listeners[type] = run },
      skipWaiting: () => {},
      clients: { claim: async () => {} },
    }
    const fetch = async ({ url }) => {
      if (this.away) throw new TypeError("Failed to fetch")
      return this.server.get(url) ?? answer("", { ok: false })
    }
    runInNewContext(SOURCE, { self, caches, fetch, URL })
  }

  async start() {
    let done
    this.#listeners.activate({ waitUntil: (promise) => { done = promise } })
    await done
  }

  // What the page gets: undefined where the worker leaves it alone.
  async ask(path, { method = "GET", mode = "cors" } = {}) {
    let given, waited
    const url = path.startsWith("http") ? path : SITE + path
    this.#listeners.fetch({
      request: { url, method, mode }, respondWith: (promise) => { given = promise }, waitUntil: (promise) => { waited = promise },
    })
    await waited
    return await given
  }

  get kept() { return [...this.stores.values()].flatMap((store) => [...store.keys()]).map((url) => url.replace(SITE, "")) }
}

const answer = (body, more = {}) => ({ body, ok: true, redirected: false, type: "basic", clone() { return this }, ...more })

let browser

beforeEach(() => {
  browser = new Browser()
  for (const path of ["/", "/static/chat/page/main.js", "/words/1/en.js"]) browser.server.set(SITE + path, answer(path))
})

const visit = () => browser.ask("/", { mode: "navigate" })

test("the shell is there without a network, as it was last", async () => {
  for (const look of [visit, () => browser.ask("/static/chat/page/main.js"), () => browser.ask("/words/1/en.js")]) {
    assert.equal((await look()).ok, true)
  }
  browser.server.set(`${SITE}/`, answer("newer"))
  assert.equal((await visit()).body, "newer")
  browser.away = true
  assert.equal((await visit()).body, "newer")
  assert.equal((await browser.ask("/static/chat/page/main.js")).body, "/static/chat/page/main.js")
})

test("what comes from the API, from elsewhere or changes something passes by", async () => {
  assert.equal(await browser.ask("/api/v1/conversations"), undefined)
  assert.equal(await browser.ask("/api/v1/messages?q=x"), undefined)
  assert.equal(await browser.ask("/admin/", { mode: "navigate" }), undefined)
  assert.equal(await browser.ask("https://elsewhere.example.com/static/chat/x.js"), undefined)
  assert.equal(await browser.ask("/", { method: "POST", mode: "navigate" }), undefined)
  assert.deepEqual(browser.kept, [])
})

test("nothing is kept of who signed out, or was signed out", async () => {
  await visit()
  await browser.ask("/sign-out/", { method: "POST", mode: "navigate" })
  assert.deepEqual(browser.kept, [])
  await visit()
  browser.server.set(`${SITE}/`, answer("", { ok: false, type: "opaqueredirect" }))
  await visit()
  assert.deepEqual(browser.kept, [])
})

test("a failure is not kept, and where nothing is kept it stays one", async () => {
  browser.server.set(`${SITE}/`, answer("busy", { ok: false }))
  await visit()
  assert.deepEqual(browser.kept, [])
  browser.away = true
  await assert.rejects(visit(), TypeError)
})

test("what an earlier version kept is gone when a new one begins", async () => {
  browser.stores.set("imsite-files-0", new Map([["old", 1]]))
  browser.stores.set("somebody-elses", new Map([["theirs", 1]]))
  await visit()
  await browser.start()
  assert.deepEqual([...browser.stores.keys()], ["somebody-elses", "imsite-pages-1"])
})
