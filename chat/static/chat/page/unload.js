let unasked = false

// Before the page is left, the browser asks while `isBusy()`: then something would be lost.
export function askBeforeLeaving(isBusy) {
  window.addEventListener("beforeunload", (event) => { if (!unasked && isBusy()) event.preventDefault() })
}

// From now on nobody is asked: whoever stayed would have a page that does nothing any more.
export function leaveUnasked() { unasked = true }
