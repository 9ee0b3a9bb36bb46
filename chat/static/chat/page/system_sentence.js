const NAMED = 5 // people whom a sentence names; of more it gives the number

// What a system message says, in the page's language, from its `data`. Where that cannot be told, because the event is
// new to this page or somebody in it is unknown, it is the English sentence that came with it. Knows no `document`.
//
// `nameOf`  a user's name by id, or undefined
// `has`, `text`  the page's words
// `list`    names → "Bob and Dora"
export function systemSentence({ body, data }, { nameOf, has, text, list }) {
  const name = data && `system-${variant(data)}`
  if (!name || !has(name)) return body
  const { actor, user, owner, users = [], title } = data
  if ([actor, user, owner, ...(users.length > NAMED ? [] : users)].some((id) => Number.isInteger(id) && !nameOf(id))) return body
  const people = users.length > NAMED ? text("people", { count: users.length }) : list(users.map(nameOf))
  return text(name, { actor: nameOf(actor), user: nameOf(user), owner: nameOf(owner), users: people, title })
}

// The name of the sentence: of some events there are several.
function variant({ event, users, owner, role }) {
  if (event === "created" && users?.length) return "created-with"
  if (event === "left" && owner) return "left-owner"
  return event === "role" ? `role-${role}` : event
}
