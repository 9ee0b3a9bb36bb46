"""Notifications as they are read: by those who got them, and by their sender with what became of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Now

from messages_store.errors import NotFound
from messages_store.models import Delivery, Notification
from messages_store.sql import Statement, aware

from . import inboxes


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list, and where the next page begins, if there is one."""

    results: list[Delivery]
    next: int | None


@dataclass(frozen=True, slots=True)
class Read:
    """What is read now: these messages, by id, and all up to a seq; and how many notifications are not."""

    ids: list[int]
    up_to: int | None
    unread: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of those who were served have it on no device yet; have it on one; have read it."""

    unsent: int
    sent: int
    read: int


# For those who got them


def own(*, user_id: int, limit: int, before: int | None = None, unread: bool = False) -> Page:
    """The user's notifications, newest first: deliveries with their message. `before` is a seq."""
    found = Delivery.objects.notifications_of(user_id).select_related("message").order_by("-seq")
    if before is not None:
        found = found.filter(seq__lt=before)
    if unread:
        found = found.filter(read_at=None)
    results = list(found[: limit + 1])
    return Page(results[:limit], results[limit - 1].seq if len(results) > limit else None)


def unread(*, user_id: int) -> int:
    """How many notifications the user has not read."""
    return Delivery.objects.notifications_of(user_id).filter(read_at=None).count()


def read(*, user_id: int, ids: Iterable[int] = (), up_to: int | None = None) -> Read:
    """Mark as read: these, by the ids of their messages, and all up to a seq. What is not the user's is passed over."""
    return inboxes.transact(_read, user_id, list(ids), up_to)


def _read(user_id: int, ids: list[int], up_to: int | None) -> Read:
    inboxes.lock([user_id])  # an ack writes the same rows, and the same lock comes before it
    mine = Delivery.objects.notifications_of(user_id)
    known = list(mine.filter(message__in=ids).order_by("seq").values_list("message", flat=True))
    asked = Q(message__in=known) | Q(seq__lte=up_to or 0)
    mine.filter(asked, read_at=None).update(read_at=Now())
    return Read(known, up_to, unread(user_id=user_id))


# For their sender


def sent_by(*, user_id: int | None, notification_id: int) -> Notification:
    """A notification of this sender, NotFound for another's; None: of any."""
    senders = {} if user_id is None else {"sender": user_id}
    found = Notification.objects.filter(pk=notification_id, **senders).first()
    if found is None:
        raise NotFound
    return found


def counts(*, notification_id: int) -> Counts:
    found = Delivery.objects.filter(message=notification_id, is_notification=True).aggregate(
        unsent=Count("pk", filter=Q(status=Delivery.Status.UNSENT)),
        sent=Count("pk", filter=Q(status=Delivery.Status.SENT)),
        read=Count("pk", filter=Q(read_at__isnull=False)),
    )
    return Counts(**found)


def recipients(*, notification_id: int, limit: int, after: int | None = None) -> Page:
    """Its deliveries, in the order of their recipients. `after` is a user's id."""
    found = Delivery.objects.filter(message=notification_id, is_notification=True, recipient__gt=after or 0)
    results = list(found.order_by("recipient")[: limit + 1])
    return Page(results[:limit], results[limit - 1].recipient_id if len(results) > limit else None)


# For operators

OLDEST_UNFINISHED = Statement(
    "SELECT MIN(n.created_at), {now} FROM messages_store_notification n WHERE n.finished_at IS NULL"
)


def oldest_unfinished() -> float:
    """How many seconds old the oldest notification is that somebody still has to get, or 0: grows without a worker."""
    ((created_at, now),) = OLDEST_UNFINISHED({})
    return max(0.0, (aware(now) - aware(created_at)).total_seconds()) if created_at else 0.0
