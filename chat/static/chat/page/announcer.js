const STAYS = 10_000 // ms: a screen reader that is still speaking comes to it later

// Tell a screen reader. Each sentence is an element of its own: the same one again is new, and of several in one moment
// none takes another's place.
export function announce(text) {
  const sentence = document.createElement("p")
  sentence.textContent = text
  document.querySelector("#announcer").append(sentence)
  setTimeout(() => sentence.remove(), STAYS)
}
