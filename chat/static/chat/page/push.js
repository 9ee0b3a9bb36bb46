// Whether this browser shows reminders, and turning that on and off. Knows no `document`.
//
// `rest` is { get, send }, `me` the id of who is signed in, `browser` what a window has of it: serviceWorker, PushManager, Notification; any may be missing.
export class Push {
  state = "absent" // or "off", "on", "denied"
  #url
  #worker
  #me
  #rest
  #browser
  #key = null

  constructor({ url, worker, me, rest, browser }) {
    this.#url = url
    this.#worker = worker
    this.#me = me
    this.#rest = rest
    this.#browser = browser
  }

  // How it is. It stays absent where the server has no keys, or the browser cannot. What is subscribed here and is not
  // this person's, or not with this key, ends: who sat here before must not be reminded before other eyes. What is, is
  // told again: it ends with a session, and that may have been an earlier one than the present.
  async load() {
    const { serviceWorker, PushManager, Notification } = this.#browser
    if (!serviceWorker || !PushManager || !Notification) return
    const { public_key: key, results } = await this.#rest.get(this.#url)
    if (!key) return
    this.#key = key
    const own = await this.#subscription()
    const known = own && sameKey(own, key) && results.find(({ endpoint }) => endpoint === own.endpoint)
    if (own && !known) await own.unsubscribe()
    this.state = known?.signed_in ? "on" : Notification.permission === "denied" ? "denied" : "off"
    if (!known) return
    await this.#rest.send("POST", this.#url, own.toJSON())
    this.state = "on"
  }

  // Asks for leave, where there is none yet: only by a click, or browsers say no by themselves.
  async turnOn() {
    const permission = await this.#browser.Notification.requestPermission()
    if (permission !== "granted") return void (this.state = permission === "denied" ? "denied" : "off")
    const registration = await this.#browser.serviceWorker.register(`${this.#worker}?user=${this.#me}`)
    await active(registration)
    const options = { userVisibleOnly: true, applicationServerKey: bytes(this.#key) }
    const subscription = await registration.pushManager.subscribe(options)
    await this.#rest.send("POST", this.#url, subscription.toJSON())
    this.state = "on"
  }

  // The browser first: then nothing comes, whatever the server knows.
  async turnOff() {
    const own = await this.#subscription()
    this.state = "off"
    if (!own) return
    await own.unsubscribe()
    const { results } = await this.#rest.get(this.#url)
    const known = results.find(({ endpoint }) => endpoint === own.endpoint)
    if (known) await this.#rest.send("DELETE", `${this.#url}/${known.id}`)
  }

  async #subscription() {
    const registration = await this.#browser.serviceWorker.getRegistration(this.#worker)
    return registration?.pushManager.getSubscription()
  }
}

// A push manager wants a worker that has started; `serviceWorker.ready` waits for one that controls this page, and for
// ever where none comes. One whose installation fails becomes redundant: that is told.
function active(registration) {
  const worker = registration.installing ?? registration.waiting
  if (registration.active || !worker) return
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve()
      if (worker.state === "redundant") reject(new Error("The worker could not be installed."))
    }
    worker.addEventListener("statechange", look)
    look()
  })
}

const sameKey = ({ options }, key) => {
  const own = options?.applicationServerKey
  return !own || encode(new Uint8Array(own)) === key
}

export function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

export function encode(raw) {
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}
