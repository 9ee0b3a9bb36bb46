// Shows reminders while no page is open. It caches nothing and intercepts nothing. No module: not every browser takes
// one as a service worker. Its address says whom it is for: worker.js?user=7.
/* global self */

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))))

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)))

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

const API = "/api/v1/"

// The push service has ended the subscription, or given another one: we are told of the new one, if the person that it
// is for is still signed in here. Else the next page that is opened asks again. Without the CSRF cookie, which some
// browsers do not show to workers, it is the next page's too.
async function renew({ newSubscription }) {
  const token = await self.cookieStore?.get("csrftoken")
  const user = new URL(self.location.href).searchParams.get("user")
  const me = token && await fetched("me")
  if (!me || String(me.id) !== user) return newSubscription?.unsubscribe()
  const { public_key: applicationServerKey } = await fetched("me/push-subscriptions") ?? {}
  if (!applicationServerKey) return
  const made = newSubscription ??
    await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token.value }
  await fetched("me/push-subscriptions", { method: "POST", headers, body: JSON.stringify(made) })
}

// The answer, or null where it is no success.
async function fetched(path, options = {}) {
  const answer = await self.fetch(API + path, { cache: "no-store", ...options })
  return answer.ok ? await answer.json() : null
}
