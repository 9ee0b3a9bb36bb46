import { MALFORMED, SIGNED_OUT, SOMEONE_ELSE } from "../client/client.js"
import { setText } from "./dom.js"
import { has, text } from "./strings.js"
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

  show(status, { kept }) {
    this.#line.dataset.state = status.state
    setText(this.#text, sentence(status, kept))
    setText(this.#left, status.left ? text("left", { count: status.left }) : "")
    if (isBack(status)) this.#fading ??= setTimeout(() => { this.#fading = null; this.on.draw() }, BACK)
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

const isBack = ({ state, back }) => state === "live" && back !== null && Date.now() - back < BACK

function sentence(status, kept) {
  const { state, since, code, reason } = status
  if (isBack(status)) return text("back")
  if (state === "offline") return text(kept ? "offline" : "offline-not-kept", { time: clockTime(since) })
  if (state === "closed") return has(`closed-${code}`) ? text(`closed-${code}`) : text("closed", { reason, code })
  return text(state)
}
