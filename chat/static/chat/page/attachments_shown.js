import { clone, setText, sync } from "./dom.js"
import { gettext, locale } from "./i18n.js"
import { attachmentsOf } from "./attachments.js"

const EDGE = 320 // px: the longer edge of a picture in the timeline
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"]

// The files of a message, in its bubble: several pictures as squares in rows, whatever shape they have, and below them
// what is no picture. Their room is reserved before they are there.
export function showAttachments(element, message) {
  const all = attachmentsOf(message)
  const pictures = all.filter(({ thumbnail }) => thumbnail)
  const attachments = [...pictures, ...all.filter(({ thumbnail }) => !thumbnail)]
  element.hidden = !attachments.length
  element.classList.toggle("several", pictures.length > 1)
  element.classList.toggle("by-two", pictures.length === 2 || pictures.length === 4)
  sync(element, attachments, { key: ({ id }) => id, create, update() {} })
}

const address = ({ id }) => `/api/v1/attachments/${id}`

function create(attachment) { return attachment.thumbnail ? picture(attachment) : file(attachment) }

function picture(attachment) {
  const { name, width, height, thumbnail } = attachment
  const link = clone("picture-template")
  const image = link.querySelector("img")
  const scale = Math.min(1, EDGE / Math.max(thumbnail.width, thumbnail.height))
  link.href = address(attachment)
  link.attachment = { name, width, height, address: link.href }
  image.width = Math.max(1, Math.round(thumbnail.width * scale))
  image.height = Math.max(1, Math.round(thumbnail.height * scale))
  image.style.aspectRatio = `${thumbnail.width} / ${thumbnail.height}` // not rounded, or it would move by a pixel
  image.alt = gettext("Picture: {name}", { name })
  image.addEventListener("error", () => link.classList.add("broken"))
  image.addEventListener("load", () => link.classList.remove("broken"))
  image.src = `${address(attachment)}/thumbnail`
  setText(link.querySelector(".instead"), gettext("The picture {name} cannot be shown.", { name }))
  return link
}

function file(attachment) {
  const { name, size } = attachment
  const link = clone("file-template")
  link.href = address(attachment)
  link.download = name
  setText(link.querySelector(".name"), name)
  setText(link.querySelector(".kind"), [ending(name), fileSize(size)].filter(Boolean).join(" · "))
  return link
}

const ending = (name) => name.match(/\.(\w{1,8})$/)?.[1].toUpperCase() ?? ""

// 1536 → "1.5 kB"
export function fileSize(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const options = { style: "unit", unit: UNITS[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: power ? 1 : 0 }
  return new Intl.NumberFormat(locale, options).format(bytes / 1_000 ** power)
}
