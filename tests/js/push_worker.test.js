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
  #listeners = {}

  constructor() {
    const browser = this
    const self = {
      location: { origin: "https://chat.example.com" },
      addEventListener: (type, run) => { browser.#listeners[type] = run },
      registration: {
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
