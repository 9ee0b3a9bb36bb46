const PATIENCE = 15_000 // ms

export class RestError extends Error {
  constructor(status, { code, message } = {}, retryAfter = 0) {
    super(message ?? `HTTP ${status}`)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter // seconds before which it would be refused again
  }
}

// What an answer that is no success says.
export async function refused(answer) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0
  return new RestError(answer.status, await answer.json().catch(() => ({})), retryAfter)
}

// Fetch JSON; what is not a success is thrown as a RestError.
export async function get(address, parameters = {}) {
  const url = new URL(address, location.href)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const headers = { Accept: "application/json" }
  const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })
  if (!answer.ok) throw await refused(answer)
  return await answer.json()
}

// The same for what changes something; the page's form has the token without which that is refused.
export async function send(method, address, body) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token }
  const options = { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE) }
  const answer = await fetch(new URL(address, location.href), options)
  if (!answer.ok) throw await refused(answer)
  return answer.status === 204 ? null : await answer.json()
}
