"""What somebody has left unread for long: that is what a digest lists.

By the read marks of conversations and the read state of notifications, whatever devices acknowledged. What counts of it
is what counts in a reminder (see waiting): of a muted conversation only what mentions its reader.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from messages_store.models import Conversation, Delivery, Member
from messages_store.notifiers import Item
from messages_store.sql import Statement, aware, is_postgresql, moment

from .waiting import MENTIONED

PLACES = 500  # conversations that are looked through, the oldest first
MOST = 1_000  # messages of each that are, and notifications: there may be more
LISTED = 10  # conversations, and as many notifications, that are named


@dataclass(frozen=True, slots=True)
class Unread:
    """So many messages in so many conversations; notifications by level; and the first of them by name."""

    messages: int
    conversations: int
    notifications: dict[str, int]
    oldest: datetime
    items: tuple[Item, ...]


# From each conversation by its index, and no further than MOST: the databases are told that order.
LEFT = """
    SELECT d.id, d.kind, d.title, count(*), min(m.created_at)
    FROM (
      SELECT b.user_id AS recipient_id, b.muted, c.id, c.kind, c.title,
        CASE WHEN b.read_number > c.floor_number THEN b.read_number ELSE c.floor_number END AS after
      FROM messages_store_member b JOIN messages_store_conversation c ON c.id = b.conversation_id
      WHERE b.user_id = %(user)s AND b.left_at IS NULL AND c.last_number > b.read_number
      AND c.last_number > c.floor_number ORDER BY c.id LIMIT %(places)s
    ) d <joined>
    WHERE m.created_at <= %(before)s AND m.recalled_at IS NULL AND m.kind <> 'system'
    AND (NOT d.muted OR (<mentioned>))
    GROUP BY d.id, d.kind, d.title ORDER BY count(*) DESC, d.id"""
JOINED = {
    "postgresql": """JOIN LATERAL (
      SELECT x.* FROM messages_store_message x
      WHERE x.conversation_id = d.id AND x.number > d.after AND x.number <= d.after + %(most)s OFFSET 0
    ) m ON true""",
    "sqlite": """CROSS JOIN messages_store_message m
      ON m.conversation_id = d.id AND m.number > d.after AND m.number <= d.after + %(most)s""",
}
ON_POSTGRESQL, ON_SQLITE = (
    Statement(LEFT.replace("<joined>", JOINED[vendor]).replace("<mentioned>", MENTIONED[vendor]))
    for vendor in ("postgresql", "sqlite")
)


def gather(*, user_id: int, before: datetime) -> Unread | None:
    """What this user has not read that was stored before then; None where there is nothing."""
    statement = ON_POSTGRESQL if is_postgresql() else ON_SQLITE
    said = statement({}, user=user_id, before=moment(before), places=PLACES, most=MOST)
    told = _notifications(user_id, before)
    if not said and not told:
        return None
    oldest = [*(aware(first) for *_, first in said), *(stored_at for *_, stored_at in told)]
    return Unread(
        messages=sum(count for _id, _kind, _title, count, _first in said),
        conversations=len(said),
        notifications=dict(Counter(level for level, *_ in told)),
        oldest=min(oldest),
        items=(*_name_conversations(user_id, said[:LISTED]), *_name_notifications(told)),
    )


def _notifications(user_id: int, before: datetime) -> list[tuple[str, str, datetime]]:
    """Their levels, titles and times, the newest first."""
    found = Delivery.objects.notifications_of(user_id).filter(read_at=None, message__recalled_at=None)
    stored = found.annotate(at=Coalesce("stored_at", "message__created_at")).filter(at__lte=before).order_by("-seq")
    return list(stored.values_list("message__notification__level", "message__notification__title", "at")[:MOST])


def _name_conversations(user_id: int, said: list[tuple]) -> list[Item]:
    """By their titles; those without one, by who else is in them."""
    nameless = [id for id, kind, title, *_ in said if kind == Conversation.Kind.DIRECT or not title]
    others = Member.objects.filter(conversation__in=nameless, left_at=None).exclude(user=user_id).select_related("user")
    names = {member.conversation_id: member.user.name for member in others.order_by("-pk")}
    return [Item(names.get(id, title), messages=count) for id, _kind, title, count, _first in said]


def _name_notifications(told: list[tuple[str, str, datetime]]) -> list[Item]:
    """The urgent ones first."""
    first = sorted(told, key=lambda one: one[0] != "urgent")[:LISTED]
    return [Item(title, level=level) for level, title, _at in first]
