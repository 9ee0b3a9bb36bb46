import { systemClock } from "../client/clock.js"
import { uploadsRest } from "./attach_rest.js"
import { showAvatar } from "./avatar.js"
import { setText } from "./dom.js"
import { gettext } from "./i18n.js"
import { whyPausing } from "./refusals.js"
import { send } from "./rest.js"
import { Upload } from "./upload.js"

// What others see of one: chosen, shown, removed. It needs templates/chat/own_picture.html in the page.
export class OwnPicture {
  #form
  #shown
  #note
  #files
  #remove
  #upload = null

  constructor(form) {
    this.#form = form
    this.#shown = form.querySelector(".avatar")
    this.#note = form.querySelector("[role=status]")
    this.#files = form.querySelector("input[type=file]")
    this.#remove = form.querySelector(".remove")
    form.querySelector(".choose").addEventListener("click", () => this.#files.click())
    this.#files.addEventListener("change", () => this.#chosen())
    this.#remove.addEventListener("click", () => this.#change("DELETE", undefined, gettext("Your picture was removed.")))
    window.addEventListener("online", () => this.#upload?.wake())
    this.#show(form.dataset.picture || null)
  }

  #chosen() {
    const [file] = this.#files.files
    this.#files.value = ""
    if (!file) return
    if (this.#upload && !this.#upload.isOver) this.#upload.cancel()
    const rest = uploadsRest(this.#form.dataset.uploadsUrl)
    const upload = new Upload({ file, rest, clock: systemClock, changed: () => this.#moved(upload) })
    this.#upload = upload
    upload.start()
  }

  #moved(upload) {
    if (upload !== this.#upload) return
    const { state, error, pausedBy, attachment } = upload
    if (state === "failed") return setText(this.#note, error.message)
    if (state === "ready") return void this.#change("PUT", { upload: attachment.id }, gettext("This is your picture now."))
    setText(this.#note, state === "pausing" ? whyPausing(pausedBy) : gettext("Uploading …"))
  }

  async #change(method, body, done) {
    try {
      const { avatar } = await send(method, this.#form.dataset.url, body)
      this.#show(avatar)
      setText(this.#note, done)
    } catch (error) {
      setText(this.#note, error.status ? error.message : gettext("That did not work. Try again."))
    }
  }

  #show(picture) {
    const { name, id } = this.#form.dataset
    showAvatar(this.#shown, { id: Number(id), name, avatar: picture })
    this.#remove.hidden = !picture
  }
}

for (const form of document.querySelectorAll(".own-picture")) new OwnPicture(form)
