import { setText } from "./dom.js"
import { ngettext } from "./i18n.js"
import { Leaving } from "./leaving.js"
import { leaveUnasked } from "./unload.js"

// Whoever signs out leaves nothing behind in this browser. Is something not sent yet, they decide about it first.
//
// `user` is the id; `waiting()` how many messages wait in this page, kept or not; `before()` is what has to be done while
// one is signed in, and a promise; `stop()` ends what would keep more.
export function takeLeave({ user, storage, waiting = () => 0, before = async () => {}, stop = () => {} }) {
  const dialog = document.querySelector("#sign-out-dialog")
  const leaving = new Leaving({ user, storage })
  let form, leaves = false

  async function leave() {
    if (leaves) return
    leaves = true
    await before()
    leaves = await signOut(form)
    if (!leaves) return form.submit() // past the handler: the browser says why it cannot be
    leaveUnasked()
    stop()
    await leaving.forget()
    location.assign("/")
  }

  document.addEventListener("submit", async (event) => {
    if (event.target.getAttribute("action") !== dialog.dataset.action) return
    event.preventDefault()
    form = event.target
    const count = Math.max(waiting(), await leaving.unsent())
    if (!count) return await leave()
    setText(dialog.querySelector("#sign-out-words"), words(count))
    dialog.showModal()
  })
  dialog.querySelector(".no").addEventListener("click", () => dialog.close())
  dialog.querySelector(".yes").addEventListener("click", leave)
}

// Whether the server has done it. Before that, nothing is thrown away.
async function signOut(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" })
    return answer.type === "opaqueredirect"
  } catch {
    return false // no network
  }
}

const words = (count) => ngettext(
  "{count} message has not been sent yet. If you sign out now, it is lost.",
  "{count} messages have not been sent yet. If you sign out now, they are lost.",
  count,
)
