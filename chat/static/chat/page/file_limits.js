const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]) // what the server decodes
const UNKNOWN = new Set(["", "application/octet-stream"])

// Which files may be sent here, as far as it can be told before they are: the server decides by what is in them, the
// browser guesses by their names. Knows no `document`.
//
// `bytes`  of the largest file
// `types`  media types: "image/*,application/pdf", "*" for all, "" for none
export class FileLimits {
  constructor({ bytes, types }) {
    this.bytes = bytes
    this.types = types.split(",").filter(Boolean)
  }

  get none() { return !this.types.length }

  // What a dialog for choosing files shows; "" for all.
  get accept() { return this.types.includes("*") ? "" : this.types.join(",") }

  // Why a file cannot be sent: "empty", "too_large", "type"; null where it may be tried.
  refusal({ size, type }) {
    if (!size) return "empty"
    if (size > this.bytes) return "too_large"
    return this.#mayBe(type) ? null : "type"
  }

  // Text has many names, and what is written in it is called an application or, in XML, a picture: the server knows text
  // alone. So only what is of another kind altogether is refused here.
  #mayBe(type) {
    if (this.types.includes("*") || UNKNOWN.has(type)) return true
    if (PICTURES.has(type)) return this.types.includes(type) || this.types.includes("image/*")
    const kind = kindOf(type), media = ["image", "audio", "video", "font"].includes(kind) && !type.endsWith("+xml")
    return this.types.some((one) => (media ? [kind] : ["text", "application"]).includes(kindOf(one)))
  }
}

const kindOf = (type) => type.split("/")[0]
