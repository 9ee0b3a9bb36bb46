// How long to wait before the next attempt, in milliseconds: anywhere between nothing and a ceiling that doubles.
// Full jitter, so that the clients of a node that died don't all come back in the same moment.
export function backoff(attempt, { base = 1_000, most = 30_000, random = Math.random } = {}) {
  return random() * Math.min(most, base * 2 ** attempt)
}
