// Whoever has chosen no time zone finds that of the browser filled in. Nothing is saved by that.
const field = document.querySelector("#id_time_zone")
const here = Intl.DateTimeFormat().resolvedOptions().timeZone

if (field && !field.value && [...field.options].some(({ value }) => value === here)) {
  field.value = here
  document.querySelector("#guessed").hidden = false
}
