import { MALFORMED, SIGNED_OUT, SOMEONE_ELSE } from "../client/client.js"
import { setText } from "./dom.js"
import { gettext, ngettext } from "./i18n.js"
import { clockTime } from "./times.js"

const SIGN_IN = new Set([SIGNED_OUT, 4502])
const RELOAD = new Set([MALFORMED, SOMEONE_ELSE])
const BACK = 4_000 // ms for which it says that it is back

// What is true about the connection, and what one can do about it.
export class StatusLine {
  #line = document.querySelector("#status")
  #text = document.querySelector("#status-text")
  #left = document.querySelector("#status-left")
  #action = document.querySelector("#status-action")
  #act = null
  #fading = null

  constructor({ tryNow, useHere, draw }) {
    this.on = { tryNow, useHere, draw }
    this.#action.addEventListener("click", () => this.#act())
  }

  // `kept`: what is written is kept over reloads; `incomplete`: a part of the page could not be loaded
  show(status, { kept, incomplete }) {
    const missing = incomplete && status.state === "live"
    this.#line.dataset.state = status.state
    this.#line.classList.toggle("incomplete", missing)
    setText(this.#text, missing ? gettext("A part of this page could not be loaded.") : sentence(status, kept))
    setText(this.#left, status.left ? ngettext("{count} message left", "{count} messages left", status.left) : "")
    if (isBack(status)) this.#fading ??= setTimeout(() => { this.#fading = null; this.on.draw() }, BACK)
    const [label, act] = this.#offer(status, missing)
    this.#act = act
    this.#action.hidden = !label
    if (label) setText(this.#action, label)
  }

  #offer({ state, code, retryAt }, missing) {
    if (missing) return [gettext("Reload"), () => location.reload()]
    if (state === "offline") return retryAt === null ? [] : [gettext("Try now"), this.on.tryNow]
    if (state !== "closed") return []
    // Both show the sign-in page where one is not signed in.
    if (SIGN_IN.has(code)) return [gettext("Sign in"), () => location.reload()]
    return RELOAD.has(code) ? [gettext("Reload"), () => location.reload()] : [gettext("Use here"), this.on.useHere]
  }
}

const isBack = ({ state, back }) => state === "live" && back !== null && Math.abs(Date.now() - back) < BACK // the clock may have been set back

function sentence(status, kept) {
  const { state, since, code, reason } = status
  if (isBack(status)) return gettext("Connected again")
  if (state === "live") return gettext("Connected")
  if (state === "catching_up") return gettext("Connected, catching up…")
  if (state === "closed") return ended(code, reason)
  if (state !== "offline") return gettext("Connecting…")
  const time = clockTime(since)
  if (kept) return gettext("Offline since {time}. What you write is kept and sent later.", { time })
  return gettext("Offline since {time}. What you write is lost if you close this page.", { time })
}

function ended(code, reason) {
  switch (code) {
    case MALFORMED: return gettext("Disconnected: the server could not read what this page sent.")
    case SIGNED_OUT: return gettext("You are not signed in any more.")
    case 4502: return gettext("You were signed out: on another device, by a new password, or by an administrator.")
    case 4503: return gettext("Disconnected: you opened the chat somewhere else.")
    case 4504: return gettext("Disconnected: an administrator ended this connection.")
    case SOMEONE_ELSE: return gettext("Disconnected: somebody else signed in here.")
    default: return gettext("Disconnected: {reason} ({code})", { reason, code })
  }
}
