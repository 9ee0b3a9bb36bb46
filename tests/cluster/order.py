"""In which order somebody's messages were accepted, which is the one in which everybody gets them."""

from imsite.proof.people import Person


def accepted_order(speaker: Person, *, to: int) -> list[str]:
    """What was said to them. Not always in the order of saying: who is told `busy` says it again, behind the next."""
    said = (speaker.record.said[entry.client_id] for entry in speaker.record.entries)
    return [one.body for one in said if one.to == to]
