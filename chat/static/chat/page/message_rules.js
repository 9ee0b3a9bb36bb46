// What one may do with a message, in the order of its menu. Knows no `document`.
//
// `editSeconds`  for how long one may change what one sent: the server decides, this only spares a vain attempt
// `out`          whether one is in the conversation no more
export function actionsFor(message, { me, now, editSeconds, out }) {
  if (message.draft || message.recalled_at || message.sender === null) return []
  const own = message.sender === me
  const changeable = own && !out && now - Date.parse(message.created_at) < editSeconds * 1_000
  return [
    !out && "reply",
    message.body && "copy",
    changeable && message.kind === "text" && "edit",
    own && !out && "readers",
    changeable && "recall",
  ].filter(Boolean)
}

// From a trace: first who has read it, then who has it, then the others.
export function whoHas(steps, sender) {
  const rank = { read: 0, sent: 1, stored: 2 }
  return steps
    .filter(({ event, recipient }) => event === "message" && recipient.id !== sender)
    .map(({ recipient, sent, read }) => ({ ...recipient, ...state(sent, read) }))
    .sort((one, other) => rank[one.state] - rank[other.state])
}

function state(sent, read) {
  if (read) return { state: "read", at: read.no_later_than }
  return sent ? { state: "sent", at: sent.at } : { state: "stored", at: null }
}
