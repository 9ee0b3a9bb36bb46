// The cluster as it is now, without the page being left: what one reads keeps its place, and what has the focus is not
// taken away. A node that does not answer changes nothing; the next look is soon.

const place = document.getElementById("content-main")

async function look() {
  if (document.hidden || place.contains(document.activeElement)) return
  const answer = await fetch(location.href).catch(() => null)
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const fresh = page.getElementById(place.id)
  if (fresh) place.replaceChildren(...fresh.childNodes)
}

setInterval(look, Number(place.dataset.refresh) * 1_000)
