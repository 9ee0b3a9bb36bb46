"""Digests without a worker, at a moment that the test chooses."""

from datetime import UTC, datetime, timedelta

from messages_store.models import Delivery, Digest, Message, Preferences
from messages_store.notices import Notice
from messages_store.services import digesting, notifying, reminding

from .look import drafts, say


class Clock:
    """What the database's clock says."""

    def __init__(self, now: str):
        self.set(now)

    def set(self, now: str) -> None:
        self.now = moment(now)

    def __call__(self) -> datetime:
        return self.now


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def choose(user, **fields) -> Preferences:
    return Preferences.objects.update_or_create(user=user, defaults={"digest": True} | fields)[0]


def say_before(clock: Clock, sender, conversation, count: int = 1, **by) -> None:
    """Say something that is so old: hours=25."""
    said = say(*drafts(sender, conversation, count))
    set_back(clock, *(one.message for one in said), **by)


def notify_before(clock: Clock, user, title: str, level: str, **by) -> int:
    notice = Notice(users=(user.pk,), title=title, body="the secret", level=level)
    made = notifying.notify(sender_id=None, notice=notice).notification
    set_back(clock, made.pk, **by)
    return made.pk


def set_back(clock: Clock, *messages: int, **by) -> None:
    at = clock.now - timedelta(**by)
    Message.objects.filter(pk__in=messages).update(created_at=at)
    Delivery.objects.filter(message__in=messages, stored_at__isnull=False).update(stored_at=at)


def look(notifier) -> None:
    while digesting.look(notifier=notifier):
        pass


def send(notifier) -> list:
    """Look, and try all that is due; what it told by that."""
    before = len(notifier.told)
    look(notifier)
    claimed = rest = [None]
    while claimed or rest:
        claimed, rest = digesting.claim(notifier=notifier, limit=3)
        for one in claimed:
            error = reminding.attempt(notifier=notifier, outgoing=one.outgoing)
            assert digesting.finish(claimed=one, error=error)
    return notifier.told[before:]


def outcomes(user) -> list[tuple[str, str]]:
    found = Digest.objects.filter(user=user).order_by("day").values_list("day", "outcome")
    return [(str(day), outcome) for day, outcome in found]
