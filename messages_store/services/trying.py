"""A reminder that nobody is due: to try out a notifier with a real person."""

from uuid import uuid4

from django.utils import timezone

from messages_store.models import User
from messages_store.notifiers.base import Outgoing

from . import outgoing, preferring


def reminder(*, user: User, notifier: str) -> Outgoing:
    """One that says that it is a test, in this user's language."""
    return outgoing.to(
        user=user,
        preferences=preferring.of(user_id=user.pk),
        turns_off=notifier,
        id=str(uuid4()),
        messages=0,
        conversations=0,
        notifications={},
        titles=(),
        oldest=timezone.now(),
        number=1,
        kind="test",
    )
