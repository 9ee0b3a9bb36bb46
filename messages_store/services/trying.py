"""A reminder that nobody is due: to try out a notifier with a real person."""

from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from messages_store.models import Preferences, User
from messages_store.notifiers.base import Outgoing

from . import unsubscribing


def reminder(*, user: User, notifier: str) -> Outgoing:
    """One that says that it is a test, in this user's language."""
    preferences = Preferences.objects.filter(pk=user.pk).first() or Preferences()
    return Outgoing(
        id=str(uuid4()),
        user_id=user.pk,
        name=user.name,
        email=user.email,
        language=preferences.language or settings.LANGUAGE_CODE,
        time_zone=preferences.time_zone or settings.IM_TIME_ZONE,
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
