// Keeps the shell of the page for when there is no network: the page without anything in it, its scripts, its looks.
// Never a message: what comes from the API passes by. It is fresh wherever the server can be reached. No module: not
// every browser takes one as a service worker.
/* global self, caches */

const FILES = "imsite-files-1"
const PAGES = "imsite-pages-1" // the page with its reader's name, and from kept_conversations.js what theirs are called: gone when they sign out
const PARTS = /^\/(static\/chat|words)\//

self.addEventListener("install", () => self.skipWaiting())
self.addEventListener("activate", (event) => event.waitUntil(begin()))
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (origin !== self.location.origin) return
  if (method === "POST" && pathname === "/sign-out/") event.waitUntil(caches.delete(PAGES))
  if (method !== "GET") return
  if (mode === "navigate" && pathname === "/") event.respondWith(page(event.request))
  else if (PARTS.test(pathname)) event.respondWith(fresh(event.request, FILES))
})

async function begin() {
  const old = (await caches.keys()).filter((name) => name.startsWith("imsite-") && ![FILES, PAGES].includes(name))
  await Promise.all(old.map((name) => caches.delete(name)))
  await self.clients.claim()
}

// Who is led to the sign-in page is nobody any more.
async function page(request) {
  const answer = await fresh(request, PAGES)
  if (answer.type === "opaqueredirect") await caches.delete(PAGES)
  return answer
}

// From the server; where that cannot be reached, as it was last.
async function fresh(request, name) {
  try {
    const answer = await fetch(request)
    if (answer.ok && !answer.redirected) await (await caches.open(name)).put(request, answer.clone())
    return answer
  } catch (error) {
    const kept = await (await caches.open(name)).match(request)
    if (kept) return kept
    throw error
  }
}
