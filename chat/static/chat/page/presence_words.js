import { gettext } from "./i18n.js"
import { shortTime } from "./times.js"

// How somebody is, in words: online, away, or when they were seen last. Nothing where nothing is known.
export function presenceWords(presence) {
  if (!presence) return ""
  if (presence.state === "online") return gettext("online")
  if (presence.state === "away") return gettext("away")
  return presence.lastSeen ? gettext("last seen: {time}", { time: shortTime(presence.lastSeen) }) : gettext("offline")
}
