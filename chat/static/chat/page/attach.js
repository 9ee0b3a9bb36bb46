import { systemClock } from "../client/clock.js"
import { uploadsRest } from "./attach_rest.js"
import { fileSize } from "./attachments_shown.js"
import { clone, setText, sync } from "./dom.js"
import { FileLimits } from "./file_limits.js"
import { gettext } from "./i18n.js"
import { whyPausing } from "./refusals.js"
import { askBeforeLeaving } from "./unload.js"
import { LOST } from "./upload.js"
import { MOST, Uploads } from "./uploads.js"

const PREVIEW = 96 // px

// Files that one chooses, pastes or drops, over the field where one writes; and what becomes of them.
//
// `limits`: see file_limits.js.
export class Attach {
  #tray = document.querySelector("#attach-tray")
  #list = this.#tray.querySelector("ul")
  #note = document.querySelector("#attach-note")
  #choose = document.querySelector("#attach-files")
  #pane = document.querySelector("#chosen")
  #limits
  #uploads
  #conversation = null
  #keys = new WeakMap() // upload → its key in the list
  #lastKey = 0
  #dragging = 0 // how many elements deep

  constructor({ url, limits, client }) {
    this.#limits = new FileLimits(limits)
    this.#uploads = new Uploads({ rest: uploadsRest(url), clock: systemClock, client, changed: () => this.#show() })
    if (this.#limits.accept) this.#choose.accept = this.#limits.accept
    document.querySelector("#attach").addEventListener("click", () => this.#choose.click())
    this.#choose.addEventListener("change", () => { this.#add(this.#choose.files); this.#choose.value = "" })
    document.querySelector("#words").addEventListener("paste", (event) => this.#pasted(event))
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) this.#pane.addEventListener(type, (event) => this.#dragged(event))
    this.#list.addEventListener("click", ({ target }) => this.#clicked(target))
    window.addEventListener("online", () => this.wake())
    askBeforeLeaving(() => this.#uploads.isBusy)
  }

  turnTo(conversation) {
    if (conversation !== this.#conversation) this.#tell([])
    this.#conversation = conversation
    this.#show()
  }

  // The network is back, or may be.
  wake() { this.#uploads.wake() }

  // Whether there is something to send though nothing is written.
  get ready() { return this.#uploads.has(this.#conversation) }

  // How many messages have files and are not said yet, in whichever conversation.
  get begun() { return this.#uploads.begun }

  // Say this with the files that were chosen; false where there are none.
  take(conversation, draft) {
    this.#tell([])
    return this.#uploads.take(conversation, draft)
  }

  // Whatever cannot be sent is refused here: to upload it first would be in vain.
  #add(files) {
    if (!this.#isOpen) return
    const refused = Array.from(files).map((file) => whyNot(file, this.#limits)).filter(Boolean)
    const wanted = Array.from(files).filter((file) => !this.#limits.refusal(file))
    const taken = wanted.filter((file) => this.#uploads.add(this.#conversation, file))
    const tooMany = taken.length < wanted.length && gettext("A message has at most {count} files.", { count: MOST })
    this.#tell([...refused, ...(tooMany ? [tooMany] : [])])
    if (taken.length) document.querySelector("#words").focus()
  }

  get #isOpen() {
    return this.#conversation !== null && !this.#limits.none && !document.querySelector("#composer").hidden
  }

  #tell(sentences) { setText(this.#note, sentences.join("\n")) }

  // A table that was copied is text and a picture of it at once: then it is the text.
  #pasted(event) {
    const { files, types } = event.clipboardData
    if (!files.length || types.includes("text/plain") || !this.#isOpen) return
    event.preventDefault()
    this.#add(files)
  }

  #dragged(event) {
    if (!event.dataTransfer.types.includes("Files")) return
    event.preventDefault()
    if (event.type === "dragenter") this.#dragging += 1
    if (event.type === "dragleave") this.#dragging -= 1
    if (event.type === "drop") { this.#dragging = 0; this.#add(event.dataTransfer.files) }
    event.dataTransfer.dropEffect = this.#isOpen ? "copy" : "none"
    this.#pane.classList.toggle("dropping", this.#isOpen && this.#dragging > 0)
  }

  #clicked(target) {
    const { upload } = target.closest("li") ?? {}
    if (!upload) return
    if (target.closest(".retry")) this.#uploads.retry(upload)
    if (!target.closest(".remove")) return
    this.#uploads.remove(this.#conversation, upload)
    document.querySelector("#words").focus()
  }

  #show() {
    const shown = this.#conversation === null ? [] : this.#uploads.of(this.#conversation)
    this.#tray.hidden = !shown.length
    sync(this.#list, shown, { key: ({ upload }) => this.#key(upload), create, update })
  }

  #key(upload) {
    if (!this.#keys.has(upload)) this.#keys.set(upload, ++this.#lastKey)
    return this.#keys.get(upload)
  }
}

// In a sentence, where it cannot be sent.
function whyNot({ name, size, type }, limits) {
  switch (limits.refusal({ size, type })) {
    case "empty": return gettext("“{name}” is empty.", { name })
    case "too_large": return gettext("“{name}” is too large: a file may have at most {limit}.", { name, limit: fileSize(limits.bytes) })
    case "type": return gettext("“{name}” cannot be sent: files of this type are not allowed here.", { name })
    default: return null
  }
}

function create({ upload }) {
  const element = clone("upload-template")
  element.upload = upload
  setText(element.querySelector(".name"), upload.file.name)
  element.querySelector(".remove").setAttribute("aria-label", gettext("Remove {name}", { name: upload.file.name }))
  preview(element.querySelector("canvas"), upload.file)
  return element
}

// On a canvas: an address for the picture itself would be one that our policy forbids.
async function preview(canvas, file) {
  if (!(file instanceof Blob) || !file.type.startsWith("image/")) return
  try {
    const bitmap = await createImageBitmap(file, { resizeHeight: PREVIEW, resizeQuality: "medium" })
    canvas.width = bitmap.width
    canvas.height = bitmap.height
    canvas.getContext("2d").drawImage(bitmap, 0, 0)
    canvas.hidden = false
    bitmap.close()
  } catch {
    // It is no picture that this browser knows; the server says what it thinks of it.
  }
}

function update(element, { upload, taken }) {
  const { state, sent, file } = upload
  const progress = element.querySelector("progress")
  element.dataset.state = state
  element.classList.toggle("taken", taken)
  progress.hidden = state === "failed" || state === "ready"
  progress.max = file.size
  progress.value = sent
  progress.setAttribute("aria-label", file.name)
  setText(element.querySelector(".state"), words(upload, taken))
  element.querySelector(".retry").hidden = state !== "failed" || upload.isRefused
}

function words({ state, error, pausedBy, file }, taken) {
  switch (state) {
    case "ready": return taken ? gettext("Waiting for the others …") : fileSize(file.size)
    case "pausing": return whyPausing(pausedBy)
    case "failed": return whyFailed(error)
    default: return taken ? gettext("Sent when it is uploaded") : fileSize(file.size)
  }
}

function whyFailed({ code, message }) {
  if (code === LOST) return gettext("This file is lost: the browser did not keep it. Attach it again.")
  return code === "too_large" ? gettext("Too large to be sent.") : message
}
