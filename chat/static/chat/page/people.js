import { get } from "./rest.js"

// Who can be found by a part of their name, without oneself: [{ id, name, username, kind }].
export async function findPeople({ url, me, text, limit }) {
  const { results } = await get(url, { q: text, limit: limit + 1 })
  return results.filter(({ id }) => id !== me).slice(0, limit)
}
