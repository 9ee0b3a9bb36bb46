const KIND = "attachments"

// What the files of a message are called: its text, where nothing else was written. Whoever knows no attachments reads that.
export const namesOf = (files) => files.map(({ name }) => name).join(", ")

// What a draft says once all of its files are on the server.
export function withFiles({ body, data }, files) {
  const attachments = files.map(({ attachment }) => attachment)
  const words = body === namesOf(files) ? namesOf(attachments) : body
  return { kind: KIND, body: words, data: { ...data, attachments }, files: undefined }
}

// The files of a message, as far as it is one that has some.
export function attachmentsOf({ kind, data, recalled_at }) {
  return kind === KIND && !recalled_at && Array.isArray(data?.attachments) ? data.attachments : []
}

// Whether its text says no more than what its files are called.
export function isWordless(message) {
  const attachments = attachmentsOf(message)
  return attachments.length > 0 && (!message.body || message.body === namesOf(attachments))
}
