import { MALFORMED, SIGNED_OUT, SOMEONE_ELSE } from "../client/client.js"
import { setText } from "./dom.js"
import { has, text } from "./strings.js"
import { clockTime } from "./times.js"

const SIGN_IN = new Set([SIGNED_OUT, 4502])
const RELOAD = new Set([MALFORMED, SOMEONE_ELSE])

// What is true about the connection, and what one can do about it.
export class StatusLine {
  #line = document.querySelector("#status")
  #text = document.querySelector("#status-text")
  #action = document.querySelector("#status-action")
  #act = null

  constructor({ tryNow, useHere }) {
    this.on = { tryNow, useHere }
    this.#action.addEventListener("click", () => this.#act())
  }

  show(status, { kept }) {
    this.#line.dataset.state = status.state
    setText(this.#text, sentence(status, kept))
    const [label, act] = this.#offer(status)
    this.#act = act
    this.#action.hidden = !label
    if (label) setText(this.#action, text(label))
  }

  #offer({ state, code, retryAt }) {
    if (state === "offline") return retryAt === null ? [] : ["try-now", this.on.tryNow]
    if (state !== "closed") return []
    // Both show the sign-in page where one is not signed in.
    if (SIGN_IN.has(code)) return ["sign-in", () => location.reload()]
    return RELOAD.has(code) ? ["reload", () => location.reload()] : ["use-here", this.on.useHere]
  }
}

function sentence({ state, since, code, reason }, kept) {
  if (state === "offline") return text(kept ? "offline" : "offline-not-kept", { time: clockTime(since) })
  if (state === "closed") return has(`closed-${code}`) ? text(`closed-${code}`) : text("closed", { reason, code })
  return text(state)
}
