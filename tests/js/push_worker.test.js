import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { beforeEach, test } from "node:test"
import { runInNewContext } from "node:vm"

const SOURCE = readFileSync(new URL("../../chat/static/chat/push/worker.js", import.meta.url), "utf8")

// A browser around the worker: what it shows, and which pages are open.
class Browser {
  shown = []
  pages = []
  opened = []
  signedIn = 7 // as whom; null: as nobody
  cookie = "secret"
  key = "the key"
  sent = []
  #listeners = {}

  constructor() {
    const browser = this
    const self = {
      location: { origin: "https://chat.example.com", href: "https://chat.example.com/static/chat/push/worker.js?user=7" },
      cookieStore: { get: async (name) => name === "csrftoken" && browser.cookie ? { name, value: browser.cookie } : null },
      fetch: async (address, { method = "GET", headers, body }) => {
        if (method === "POST") browser.sent.push([address, headers["X-CSRFToken"], JSON.parse(body)])
        const said = address === "/api/v1/me" ? { id: browser.signedIn } : { public_key: browser.key, results: [] }
        return { ok: browser.signedIn !== null, json: async () => said }
      },
      addEventListener: (type, run) => { browser.#listeners[type] = run },
      registration: {
        pushManager: { subscribe: async ({ applicationServerKey }) => ({ endpoint: `made with ${applicationServerKey}` }) },
        getNotifications: async ({ tag }) => browser.shown.filter((one) => one.tag === tag),
        showNotification: async (title, options) => {
          browser.shown = [...browser.shown.filter(({ tag }) => tag !== options.tag), { title, ...options, close() { browser.closed = true } }]
        },
      },
      clients: {
        matchAll: async (options) => { browser.wanted = options; return browser.pages },
        openWindow: async (url) => { browser.opened.push(url) },
      },
    }
    runInNewContext(SOURCE, { self, URL })
  }

  async fire(type, event) {
    let waited
    this.#listeners[type]({ ...event, waitUntil: (promise) => { waited = promise } })
    await waited
  }

  push(data) { return this.fire("push", { data: data && { json: () => JSON.parse(data) } }) }
  change(event = {}) { return this.fire("pushsubscriptionchange", event) }
  click() { return this.fire("notificationclick", { notification: this.shown[0] }) }
}

const REMINDER = { title: "3 messages", body: "Lunch", tag: "reminder", lang: "en", url: "https://chat.example.com/", id: "a" }
let browser

beforeEach(() => { browser = new Browser() })

test("what is pushed is shown", async () => {
  await browser.push(JSON.stringify(REMINDER))
  const [{ title, body, lang, renotify }] = browser.shown
  assert.deepEqual([title, body, lang, renotify], ["3 messages", "Lunch", "en", true])
})

test("a newer reminder takes the older one's place, with a sound", async () => {
  await browser.push(JSON.stringify(REMINDER))
  await browser.push(JSON.stringify({ ...REMINDER, title: "5 messages", id: "b" }))
  assert.deepEqual(browser.shown.map(({ title, renotify }) => [title, renotify]), [["5 messages", true]])
})

test("one that comes twice makes no second sound", async () => {
  await browser.push(JSON.stringify(REMINDER))
  await browser.push(JSON.stringify(REMINDER))
  assert.deepEqual(browser.shown.map(({ title, renotify }) => [title, renotify]), [["3 messages", false]])
})

test("something is shown whatever comes", async () => {
  for (const data of [undefined, "not JSON", "null", "{}"]) {
    browser = new Browser()
    await browser.push(data)
    assert.equal(browser.shown[0].title, "imsite")
  }
})

test("a click opens the page", async () => {
  await browser.push(JSON.stringify({ ...REMINDER, url: "https://chat.example.com/#c7" }))
  await browser.click()
  assert.deepEqual(browser.opened, ["https://chat.example.com/#c7"])
  assert.equal(browser.closed, true)
})

test("a click goes to the page that is open", async () => {
  let focused = 0
  browser.pages = [{ focus: async () => { focused += 1 } }]
  await browser.push(JSON.stringify(REMINDER))
  await browser.click()
  assert.deepEqual([focused, browser.opened, browser.wanted.includeUncontrolled], [1, [], true])
})

test("no click leads to another site", async () => {
  await browser.push(JSON.stringify({ ...REMINDER, url: "https://evil.example.com/" }))
  await browser.click()
  assert.deepEqual(browser.opened, ["/"])
})

test("a subscription that ended is made anew, and told", async () => {
  await browser.change()
  assert.deepEqual(browser.sent, [["/api/v1/me/push-subscriptions", "secret", { endpoint: "made with the key" }]])
})

test("one that the browser has made already is told", async () => {
  await browser.change({ newSubscription: { endpoint: "new" } })
  assert.deepEqual(browser.sent, [["/api/v1/me/push-subscriptions", "secret", { endpoint: "new" }]])
})

test("nothing is made for somebody else, for nobody, without a key or without the cookie", async () => {
  for (const otherwise of [{ signedIn: 8 }, { signedIn: null }, { key: null }, { cookie: null }]) {
    Object.assign(browser = new Browser(), otherwise)
    await browser.change()
    assert.deepEqual(browser.sent, [])
  }
})

test("what the browser has made for somebody who is gone ends", async () => {
  browser.signedIn = 8
  let ended = false
  await browser.change({ newSubscription: { endpoint: "new", unsubscribe: async () => { ended = true } } })
  assert.deepEqual([ended, browser.sent], [true, []])
})
