"""Notifying: a notice becomes one message, and an entry in the inbox of everybody it is for.

Up to CHUNK recipients are served in one transaction, with the notification itself or soon after it. More are served
chunk by chunk, in the order of their ids: the entries, how far it has come, and the end of it are written in
one transaction each, so whoever stops in the middle has left nothing half done and nobody out.
"""

import logging
from bisect import bisect_right
from dataclasses import dataclass, field

from django.db import IntegrityError
from django.db.models import Max
from django.utils.translation import gettext as _

from messages_store.errors import Conflict, NoSuchConversation, NoSuchUser
from messages_store.events import Event, as_json, represent
from messages_store.models import Conversation, Member, Message, Notification, User
from messages_store.notices import Notice, check, check_key
from messages_store.sql import Statement, now

from . import inboxes
from .devices import this_node

logger = logging.getLogger(__name__)

CHUNK = 1_000  # recipients
AT_ONCE = 100  # unfinished notifications that one look finds
NAMED_IN_AN_ERROR = 5

Events = dict[int, list[Event]]


@dataclass(frozen=True, slots=True)
class Notified:
    """A stored notification, and what to ring."""

    notification: Notification
    events: Events = field(default_factory=dict)


def notify(*, sender_id: int | None, notice: Notice, key: str | None = None) -> Notified:
    """Store a notification and serve its recipients, unless they are more than CHUNK: those the worker serves.

    The same key and notice again give the notification that is there; another notice under that key is a Conflict.
    """
    return _once(_store_and_serve, sender_id, notice, key)


def store(*, sender_id: int | None, notice: Notice, key: str | None = None) -> Notification:
    """Store a notification and lock nobody's inbox, whose recipients `fan_out` serves after the commit."""
    return _once(_store_only, sender_id, notice, key).notification


def unfinished() -> list[int]:
    """Notifications that somebody still has to get; the one that has come least far comes first."""
    return list(Notification.objects.unfinished().order_by("done").values_list("pk", flat=True)[:AT_ONCE])


def fan_out(*, notification_id: int) -> Events | None:
    """Serve the next CHUNK recipients. None where it is finished, or somebody else is at it."""
    return inboxes.transact(_fan_out, notification_id)


# Once per key


def _once(work, sender_id: int | None, notice: Notice, key: str | None) -> Notified:
    check(notice)
    if key is None:
        return inboxes.transact(work, sender_id, notice, None)
    check_key(key)
    before = _stored_before(sender_id, notice, key)
    try:
        return before or inboxes.transact(work, sender_id, notice, key)
    except IntegrityError:
        # Somebody else stored it at the same moment: the rule of the database waited for that one's commit.
        before = _stored_before(sender_id, notice, key)
        if before is None:
            raise
        return before


def _stored_before(sender_id: int | None, notice: Notice, key: str) -> Notified | None:
    found = Notification.objects.filter(sender=sender_id, key=key).first()
    if found is not None and found.digest != notice.digest():
        raise Conflict(_("This Idempotency-Key was used for another notification."))
    return found and Notified(found)


# Stored


def _store_and_serve(sender_id: int | None, notice: Notice, key: str | None) -> Notified:
    notification = _store_only(sender_id, notice, key).notification
    return Notified(notification, _serve(notification) if notification.total <= CHUNK else {})


def _store_only(sender_id: int | None, notice: Notice, key: str | None) -> Notified:
    """The notification before any inbox is locked: who has to wait for the same key must hold nothing."""
    audience, total, up_to = _find_audience(notice)
    created_at = now()
    told = {"title": notice.title, "url": notice.url, "level": notice.level, "data": notice.data}
    message = Message.objects.create(
        sender_id=sender_id, kind="notification", body=notice.body, data=told, created_at=created_at, node=this_node()
    )
    notification = Notification.objects.create(
        message=message,
        sender_id=sender_id,
        body=notice.body,
        **told,
        audience=audience,
        key=key,
        digest=notice.digest(),
        total=total,
        up_to=up_to,
        created_at=created_at,
    )
    return Notified(notification)


def _find_audience(notice: Notice) -> tuple[dict, int, int]:
    """`audience`, `total` and `up_to` of a notification."""
    if notice.everyone:
        up_to = User.objects.aggregate(last=Max("pk"))["last"] or 0
        total = _everyone(0, up_to).count()
        if total > CHUNK:
            return {"everyone": True}, total, up_to
        users = list(_everyone(0, up_to).values_list("pk", flat=True))
        return {"everyone": True, "users": users}, len(users), up_to
    users = _find_users(notice.users) if notice.users else _find_members(notice.conversations)
    chosen = {"conversations": sorted(set(notice.conversations))} if notice.conversations else {}
    return chosen | {"users": users}, len(users), users[-1] if users else 0


def _everyone(after: int, up_to: int):
    """The active people, in the order of their ids. A service is nobody who reads notifications."""
    people = User.objects.filter(pk__gt=after, pk__lte=up_to, is_active=True)
    return people.exclude(kind=User.Kind.SERVICE).order_by("pk")


def _find_users(names) -> list[int]:
    """The sorted ids of these users, who may be called by their usernames."""
    wanted = {name for name in names if isinstance(name, str)}
    called = dict(_in_parts("username", wanted))
    ids = {name for name in names if not isinstance(name, str)}
    known = {id for id, _id in _in_parts("pk", ids)}
    unknown = [*sorted(ids - known), *sorted(wanted - called.keys())]
    if unknown:
        listed = ", ".join(map(str, unknown[:NAMED_IN_AN_ERROR]))
        raise NoSuchUser(_("There is no such user: %s") % listed)
    return sorted(known | set(called.values()))


def _in_parts(field: str, values: set) -> list[tuple]:
    """(value, id) of the users whose field has one of these values; a thousand per query."""
    values, found = sorted(values), []
    for start in range(0, len(values), CHUNK):
        some = values[start : start + CHUNK]
        found += User.objects.filter(**{f"{field}__in": some}).values_list(field, "pk")
    return found


def _find_members(conversation_ids) -> list[int]:
    """The sorted ids of those who are in one of these conversations now."""
    wanted = sorted(set(conversation_ids))
    if Conversation.objects.filter(pk__in=wanted).count() < len(wanted):
        raise NoSuchConversation(_("There is no such conversation."))
    members = Member.objects.present().filter(conversation__in=wanted)
    return list(members.order_by("user").values_list("user", flat=True).distinct())


# Served


def _fan_out(notification_id: int) -> Events | None:
    """Who else is at it, is left to it: PostgreSQL passes over what is locked, and SQLite has one writer."""
    waiting = Notification.objects.unfinished().select_related("message").filter(pk=notification_id)
    notification = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    return None if notification is None else _serve(notification)


DELIVER = Statement(
    """
    INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, is_notification, stored_at)
    SELECT entries.recipient_id, entries.seq, %(message)s, 'message', 'unsent', true, {now} FROM {entries}
    WHERE true""",
    entries={"recipient_id": "bigint", "seq": "bigint"},
)


def _serve(notification: Notification) -> Events:
    """Put it into the next inboxes, and note how far it has come. Inside the transaction."""
    recipients, is_last = _next_recipients(notification)
    boxes = inboxes.lock(recipients)
    seqs = {user_id: box.append(own=False) for user_id, box in boxes.items()}
    DELIVER({"entries": list(seqs.items())}, message=notification.pk)
    inboxes.save(boxes)
    notification.done += len(seqs)
    notification.cursor = recipients[-1] if recipients else notification.cursor
    notification.total = max(notification.total, notification.done)  # somebody may have become active meanwhile
    if is_last:  # and somebody may have gone
        notification.total, notification.finished_at = notification.done, now()
        if notification.done > CHUNK:
            ids = {"notification": notification.pk, "recipients": notification.done}
            logger.info("Notification %s is in the inboxes of %s people", *ids.values(), extra=ids)
    notification.save(update_fields=["done", "cursor", "total", "finished_at"])
    body = as_json(represent(notification.message))
    return {user_id: [Event(seq, "message", body)] for user_id, seq in seqs.items()}


def _next_recipients(notification: Notification) -> tuple[list[int], bool]:
    """The next CHUNK recipients, and whether they are the last."""
    if "users" in notification.audience:
        users = notification.audience["users"]
        start = bisect_right(users, notification.cursor)
        found = users[start : start + CHUNK + 1]
    else:
        everyone = _everyone(notification.cursor, notification.up_to)
        found = list(everyone.values_list("pk", flat=True)[: CHUNK + 1])
    return found[:CHUNK], len(found) <= CHUNK
