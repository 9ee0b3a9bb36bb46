import { refused } from "./rest.js"

const PATIENCE = 15_000 // ms
const FOR_A_PART = 60_000 // ms: the last one is answered when the file was looked at

// The server's uploads, for upload.js.
export function uploadsRest(url) {
  const call = async (method, address, { body, type, signal, patience = PATIENCE } = {}) => {
    const headers = { Accept: "application/json", "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value }
    if (type) headers["Content-Type"] = type
    const signals = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])]
    const answer = await fetch(new URL(address, location.href), { method, headers, body, signal: AbortSignal.any(signals) })
    if (!answer.ok) throw await refused(answer)
    return answer.status === 204 ? null : await answer.json()
  }
  return {
    begin: ({ name, size, type }) => call("POST", url, { type: "application/json", body: JSON.stringify({ name, size, type }) }),
    append: (id, offset, body, signal) =>
      call("PATCH", `${url}/${id}?offset=${offset}`, { type: "application/octet-stream", body, signal, patience: FOR_A_PART }),
    look: (id) => call("GET", `${url}/${id}`),
    giveUp: (id) => call("DELETE", `${url}/${id}`),
  }
}
