import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Push, bytes, encode } from "../../chat/static/chat/page/push.js"

const KEY = encode(Uint8Array.from({ length: 65 }, (_, place) => place * 3 % 256))
const OTHER = encode(Uint8Array.from({ length: 65 }, () => 7))

// A browser with a push service of its own.
class Browser {
  permission = "default"
  answers = "granted" // what the person says
  subscription = null
  registered = null
  asked = 0
  starts = true // whether a worker is there at once

  constructor() {
    const browser = this
    const turn = (state, run) => { worker.state = state; run() }
    const worker = {
      state: "installing",
      addEventListener: (_, run) => {
        browser.start = () => turn("activated", run)
        browser.fail = () => turn("redundant", run)
      },
    }
    const registration = {
      get active() { return browser.starts ? {} : null },
      get installing() { return browser.starts ? null : worker },
      pushManager: {
        getSubscription: async () => browser.subscription,
        subscribe: async ({ applicationServerKey }) => {
          browser.subscription ??= browser.make(encode(applicationServerKey))
          return browser.subscription
        },
      },
    }
    this.serviceWorker = {
      register: async (address) => {
        const [worker, query] = address.split("?")
        browser.registered = worker
        browser.of = query
        return registration
      },
      getRegistration: async (address) => (browser.registered === address ? registration : undefined),
    }
    this.PushManager = class {}
    this.Notification = {
      get permission() { return browser.permission },
      requestPermission: async () => { browser.asked += 1; return browser.permission = browser.answers },
    }
  }

  make(key, endpoint = `https://push.example.com/${++Browser.count}`) {
    return {
      endpoint,
      options: { applicationServerKey: bytes(key).buffer },
      unsubscribe: async () => { this.subscription = null },
      toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
    }
  }

  static count = 0
}

// The server's side of it.
class Server {
  key = KEY
  results = []
  get = async () => ({ public_key: this.key, results: this.results, next: null })
  send = async (method, address, body) => {
    this.sent.push([method, address, body])
    if (this.fails) throw new Error("offline")
    const { endpoint } = body ?? {}
    if (method === "POST") {
      const others = this.results.filter((one) => one.endpoint !== endpoint)
      this.results = [...others, { id: others.length + 1, endpoint, signed_in: true }]
    } else this.results = this.results.filter(({ id }) => !address.endsWith(`/${id}`))
  }
  sent = []
  fails = false
}

let browser, server
const push = () => new Push({ url: "/push", worker: "/worker.js", me: "7", rest: server, browser })
const loaded = async () => { const made = push(); await made.load(); return made }

beforeEach(() => {
  browser = new Browser()
  server = new Server()
})

test("where the browser cannot or the server has no keys there is nothing to turn on", async () => {
  for (const missing of ["serviceWorker", "PushManager", "Notification"]) {
    const able = new Browser()
    able[missing] = undefined
    const made = new Push({ url: "/push", worker: "/worker.js", rest: server, browser: able })
    await made.load()
    assert.equal(made.state, "absent")
  }
  server.key = null
  assert.equal((await loaded()).state, "absent")
})

test("loading asks for nothing and starts nothing", async () => {
  assert.equal((await loaded()).state, "off")
  assert.deepEqual([browser.asked, browser.registered, server.sent], [0, null, []])
})

test("turned on, the server knows the browser, and so does the next page", async () => {
  const made = await loaded()
  await made.turnOn()
  assert.equal(made.state, "on")
  assert.deepEqual(server.sent, [["POST", "/push", browser.subscription.toJSON()]])
  assert.equal((await loaded()).state, "on")
})

test("each page says it again, so that it lasts as long as the present session", async () => {
  await (await loaded()).turnOn()
  server.results[0].signed_in = false // the session that it was turned on in is too old
  const before = server.sent.length
  assert.equal((await loaded()).state, "on")
  assert.deepEqual(server.sent.slice(before), [["POST", "/push", browser.subscription.toJSON()]])
  assert.deepEqual(server.results.map(({ signed_in: is }) => is), [true])
})

test("where that cannot be said, it is shown as the server has it", async () => {
  await (await loaded()).turnOn()
  server.fails = true
  for (const [signedIn, state] of [[true, "on"], [false, "off"]]) {
    server.results[0].signed_in = signedIn
    const made = push()
    await assert.rejects(made.load(), /offline/)
    assert.equal(made.state, state)
    assert.ok(browser.subscription)
  }
})

test("it waits for the worker to start", async () => {
  browser.starts = false
  const made = await loaded()
  const on = made.turnOn()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(server.sent, [])
  browser.start()
  await on
  assert.equal(made.state, "on")
})

test("a worker that cannot be installed is no reason to wait for ever", async () => {
  browser.starts = false
  const made = await loaded()
  const on = made.turnOn()
  await new Promise((resolve) => setImmediate(resolve))
  browser.fail()
  await assert.rejects(on, /could not be installed/)
  assert.deepEqual([made.state, server.sent], ["off", []])
})

test("the worker knows whom it is for", async () => {
  await (await loaded()).turnOn()
  assert.equal(browser.of, "user=7")
})

test("without leave nothing is subscribed", async () => {
  for (const [answer, state] of [["denied", "denied"], ["default", "off"]]) {
    browser.answers = answer
    const made = await loaded()
    await made.turnOn()
    assert.deepEqual([made.state, browser.subscription, server.sent], [state, null, []])
  }
})

test("a browser that forbids it says so at once", async () => {
  browser.permission = "denied"
  assert.equal((await loaded()).state, "denied")
})

test("turned off, neither side knows it any more", async () => {
  const made = await loaded()
  await made.turnOn()
  server.results.push({ id: 9, endpoint: "https://push.example.com/of-another-browser" })
  await made.turnOff()
  assert.equal(made.state, "off")
  assert.equal(browser.subscription, null)
  assert.deepEqual(server.results.map(({ id }) => id), [9])
  assert.equal((await loaded()).state, "off")
})

test("the browser stops even where the server cannot be told", async () => {
  const made = await loaded()
  await made.turnOn()
  server.get = async () => { throw new Error("offline") }
  await assert.rejects(made.turnOff())
  assert.deepEqual([made.state, browser.subscription], ["off", null])
})

test("what somebody else subscribed here ends as soon as another person comes", async () => {
  browser.registered = "/worker.js"
  browser.subscription = browser.make(KEY)
  const made = await loaded()
  assert.deepEqual([made.state, browser.subscription], ["off", null])
  await made.turnOn()
  assert.equal(server.results[0].endpoint, browser.subscription.endpoint)
})

test("one that was made with another key is made anew", async () => {
  browser.registered = "/worker.js"
  const before = browser.subscription = browser.make(OTHER)
  server.results.push({ id: 1, endpoint: before.endpoint })
  const made = await loaded()
  assert.deepEqual([made.state, browser.subscription], ["off", null])
  await made.turnOn()
  assert.notEqual(browser.subscription.endpoint, before.endpoint)
  assert.equal(encode(new Uint8Array(browser.subscription.options.applicationServerKey)), KEY)
})
