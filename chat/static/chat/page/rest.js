const PATIENCE = 15_000 // ms

export class RestError extends Error {
  constructor(status, { code, message } = {}) {
    super(message ?? `HTTP ${status}`)
    this.status = status
    this.code = code
  }
}

// Fetch JSON; what is not a success is thrown as a RestError with its status and code.
export async function get(address, parameters = {}) {
  const url = new URL(address, location.href)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const headers = { Accept: "application/json" }
  const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })
  if (!answer.ok) throw new RestError(answer.status, await answer.json().catch(() => ({})))
  return await answer.json()
}
