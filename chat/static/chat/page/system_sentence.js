import { gettext, list, ngettext } from "./i18n.js"

const NAMED = 5 // people whom a sentence names; of more it gives the number

const SENTENCES = {
  created: (values) => gettext("{actor} made the group “{title}”.", values),
  "created-with": (values) => gettext("{actor} made the group “{title}” with {users}.", values),
  renamed: (values) => gettext("{actor} renamed the group to “{title}”.", values),
  added: (values) => gettext("{actor} added {users}.", values),
  removed: (values) => gettext("{actor} removed {users}.", values),
  left: (values) => gettext("{actor} left.", values),
  "left-owner": (values) => gettext("{actor} left. {owner} owns the group now.", values),
  "role-owner": (values) => gettext("{actor} handed the group over to {user}.", values),
  "role-admin": (values) => gettext("{actor} made {user} an admin.", values),
  "role-member": (values) => gettext("{user} is no admin any more.", values),
}

// What a system message says, in the page's language, from its `data`. An event that is new to this page is told by the
// English sentence that came with it. Knows no `document`.
//
// `nameOf`  a user's name by id; undefined: somebody whom the page does not know, or not yet
export function systemSentence({ body, data }, nameOf) {
  const sentence = data && SENTENCES[variant(data)]
  if (!sentence) return body
  const { actor, user, owner, users = [], title } = data
  const named = (id) => nameOf(id) ?? gettext("Somebody")
  const people = users.length > NAMED ? ngettext("{count} person", "{count} people", users.length) : list(users.map(named))
  return sentence({ actor: named(actor), user: named(user), owner: named(owner), users: people, title })
}

// The ids of whom it names.
export function spokenOf({ actor, user, owner, users = [] }) {
  return [actor, user, owner, ...(users.length > NAMED ? [] : users)].filter(Number.isInteger)
}

// The name of the sentence: of some events there are several.
function variant({ event, users, owner, role }) {
  if (event === "created" && users?.length) return "created-with"
  if (event === "left" && owner) return "left-owner"
  return event === "role" ? `role-${role}` : event
}
