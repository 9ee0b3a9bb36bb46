import { BrowserStore } from "./browser_store.js"

// What the browser has for pages that are open several times: IndexedDB, Web Locks, BroadcastChannel. Each is
// missing somewhere: without HTTPS, where storing is forbidden, outside of browsers.
export function browserMeans() {
  const store = factory() && new BrowserStore(factory())
  if (!store) return { store: null } // nothing is shared, so every page is alone
  return { store, locks: globalThis.navigator?.locks, BroadcastChannel: globalThis.BroadcastChannel }
}

function factory() {
  try {
    return globalThis.indexedDB ?? null
  } catch {
    return null
  }
}
