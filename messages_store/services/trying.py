"""A reminder that nobody is due: to try out a notifier with a real person."""

from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from messages_store.models import User
from messages_store.notifiers.base import Outgoing

from . import preferring, unsubscribing


def reminder(*, user: User, notifier: str) -> Outgoing:
    """One that says that it is a test, in this user's language."""
    preferences = preferring.of(user_id=user.pk)
    return Outgoing(
        id=str(uuid4()),
        user_id=user.pk,
        name=user.name,
        email=user.email,
        language=preferring.language(preferences=preferences),
        time_zone=preferring.zone(preferences=preferences),
        messages=0,
        conversations=0,
        notifications={},
        titles=(),
        url=f"{settings.IM_PUBLIC_URL}/",
        unsubscribe_url=unsubscribing.address(user_id=user.pk, notifier=notifier),
        oldest=timezone.now(),
        number=1,
        kind="test",
    )
