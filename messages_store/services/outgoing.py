"""What goes out to somebody: how they are addressed, besides what there is to tell."""

from django.conf import settings

from messages_store.models import Preferences, User
from messages_store.notifiers.base import Outgoing

from . import preferring, unsubscribing
from .unread import Unread
from .waiting import Gathered


def to(*, user: User, preferences: Preferences, turns_off: str, **told) -> Outgoing:
    """One for this user, in the user's language and time zone. `turns_off`: the notifier, or DIGEST, that a click in it
    ends. `told`: all other fields of an Outgoing.
    """
    return Outgoing(
        user_id=user.pk,
        name=user.name,
        email=user.email,
        language=preferring.language(preferences=preferences),
        time_zone=preferring.zone(preferences=preferences),
        url=f"{settings.IM_PUBLIC_URL}/",
        unsubscribe_url=unsubscribing.address(user_id=user.pk, notifier=turns_off),
        **told,
    )


def numbers(*, of: Gathered | Unread) -> dict:
    """The fields that tell how much waits."""
    names = ("messages", "conversations", "notifications", "oldest")
    return {name: getattr(of, name) for name in names}
