import { gettext } from "./i18n.js"
import { NotLoaded } from "./later.js"

// Why an upload pauses.
export function whyPausing({ status, message }) {
  return status === 429 ? message : gettext("Waiting for the network …")
}

// Why something could not be done, for whom it concerns. What the server says in words of its own is in the page's language.
export function refusal(error) {
  if (error instanceof NotLoaded) return gettext("A part of this page could not be loaded.")
  if (error.code === "rate_limited") return gettext("Too much at once. Try again in a minute.")
  if (error.status >= 400 && error.status < 500) return error.message
  return gettext("That did not reach the server. Try again.")
}
