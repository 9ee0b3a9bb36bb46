"""What people say is shown to those only who may read it, and no look goes unrecorded."""

from collections.abc import Iterable
from urllib.parse import unquote_plus

from messages_store.addresses import address_of
from messages_store.services import looks


def may_read(request) -> bool:
    return looks.may_read(user=request.user)


def asked_for(request) -> str:
    """What the address asks for, readable: q=lunch today&sender=alice."""
    return unquote_plus(request.META.get("QUERY_STRING", ""))


def record(request, what: str, messages: Iterable[int], *, subject: str = "") -> None:
    """Write down that whoever asks looks at these messages; before they are shown."""
    looks.record(by=request.user, what=what, messages=messages, subject=subject, address=address_of(request))
