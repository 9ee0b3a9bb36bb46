// Shows reminders while no page is open. It caches nothing and intercepts nothing. No module: not every browser takes
// one as a service worker.
/* global self */

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))))

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.url))
})

// What was pushed; where it cannot be read, something is shown all the same: browsers take the permission from who stays silent.
function read(data) {
  try {
    return data.json() ?? {}
  } catch {
    return {}
  }
}

// One place for all reminders: a newer one replaces the older. One that comes twice makes no second sound.
async function show({ title = "imsite", body = "", tag = "reminder", lang = "", url = "/", id = "" }) {
  const there = await self.registration.getNotifications({ tag })
  const renotify = !there.some((one) => one.data?.id === id)
  await self.registration.showNotification(title, { body, tag, lang, renotify, data: { url, id } })
}

// The page that is open already, or a new one; never another site.
async function open(url) {
  const to = new URL(url ?? "/", self.location.origin)
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  if (page) return page.focus()
  return self.clients.openWindow(to.origin === self.location.origin ? to.href : "/")
}
