// What one may do in a group, by roles: what the server will allow (messages_store/group_rules.py), so that nothing is
// offered in vain. Pure.
const RANKS = { member: 0, admin: 1, owner: 2 }

export const mayManage = (role) => RANKS[role] >= RANKS.admin // rename it, add people

// What somebody with this role may do to a member: of remove, admin, member, owner (hand it over).
export function actionsOn(role, other) {
  const actions = []
  if (role === "owner" && other === "member") actions.push("admin")
  if (role === "owner" && other === "admin") actions.push("member")
  if (role === "owner" && other !== "owner") actions.push("owner")
  if (mayManage(role) && RANKS[role] > RANKS[other]) actions.push("remove")
  return actions
}
