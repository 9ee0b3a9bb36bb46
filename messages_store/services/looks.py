"""Looks at what people say: who may, and that it is written down before anything is shown."""

from collections.abc import Iterable

from messages_store.models import Look, User

SUBJECT_CHARACTERS = Look._meta.get_field("subject").max_length


def may_read(*, user: User) -> bool:
    """Whether this user may look at what messages say. A permission of its own, beside that to see the messages."""
    return user.has_perm("messages_store.view_bodies")


def record(*, by: User, what: str, messages: Iterable[int] = (), subject: str = "", address: str = "") -> Look:
    """Write down a look at these messages; `subject` is how they were asked for."""
    subject = subject.replace("\0", "")[:SUBJECT_CHARACTERS]
    return Look.objects.create(by=by, what=what, subject=subject, messages=list(messages), address=address)
