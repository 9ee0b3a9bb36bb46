import { get } from "./rest.js"

// All people of whom the page has heard: each has one name and one picture, in whatever conversation. Knows no `document`.
export class People {
  #known = new Map() // id → { id, name, avatar: the address of a picture, or null }

  // What is told last is so. Who is told of without a picture keeps theirs.
  meet(people) {
    for (const { id, name, avatar = this.#known.get(id)?.avatar ?? null } of people) this.#known.set(id, { id, name, avatar })
  }

  // Undefined where nothing was heard of them.
  of(id) { return this.#known.get(id) }
}

// What is looked for where somebody is named as they are called in messages: "@bob" is bob, with either keyboard's @.
export const nameIn = (text) => text.trim().replace(/^[@\uff20]\s*/u, "")

// Who can be found by a part of their name, without oneself: [{ id, name, avatar, username, kind }].
export async function findPeople({ url, me, text, limit }) {
  const { results } = await get(url, { q: nameIn(text), limit: limit + 1 })
  return results.filter(({ id }) => id !== me).slice(0, limit)
}
