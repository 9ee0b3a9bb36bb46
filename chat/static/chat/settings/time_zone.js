// Whoever has chosen no time zone finds that of the browser filled in. Nothing is saved by that.
const field = document.querySelector("#id_time_zone")
const saved = document.querySelector("#language .saved")
const here = Intl.DateTimeFormat().resolvedOptions().timeZone

// The chat page, where it is open in other tabs, follows.
if (field && saved) new BroadcastChannel("imsite.time_zone").postMessage(field.value)

if (field && !field.value && [...field.options].some(({ value }) => value === here)) {
  field.value = here
  document.querySelector("#guessed").hidden = false
}
