"""A person without a network, and what the browser keeps of what they write."""

import time

from .person import Person

KEPT = """() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("imsite")
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
        const reading = opening.result.transaction("drafts").objectStore("drafts").getAll()
        reading.onsuccess = () => { opening.result.close(); resolve(reading.result.map(({ body }) => body)) }
    }
})"""


def keeps(person, *texts: str) -> None:
    """Soon, the outbox of the browser has these."""
    end = time.monotonic() + 15
    while (kept := person.page.evaluate(KEPT)) != list(texts):
        assert time.monotonic() < end, kept


def keeps_nothing(person) -> None:
    """What was accepted leaves the outbox."""
    keeps(person)


def go_offline(person: Person, wire) -> None:
    """The way is cut, and the browser knows."""
    wire.cut()
    person.context.set_offline(True)
    person.sees_status("Offline since")


def come_back(person: Person, wire) -> None:
    wire.mend()
    person.context.set_offline(False)
    person.sees_status("Connected")
