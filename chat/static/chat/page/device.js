import { uuid } from "../client/uuid.js"

const KEY = "imsite.device"

// This browser's own name for itself. It stays the same as long as the browser keeps it.
export function deviceId(storage) {
  try {
    const id = storage.getItem(KEY) ?? uuid()
    storage.setItem(KEY, id)
    return id
  } catch {
    return uuid()
  }
}

// This browser's localStorage. Where that is forbidden, nothing is kept.
export function storage() {
  try {
    return window.localStorage
  } catch {
    return {}
  }
}
