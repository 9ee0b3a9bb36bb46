"""Who is online, for whom that is to know: people who share a conversation."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q

from chat.models import Connection, LastSeen
from chat.models.cluster import ago
from messages_store.sql import Statement


@dataclass(frozen=True, slots=True)
class Presence:
    """Online, by any live connection; away, when all of them are idle. `settling`: the last one has just closed."""

    online: bool = False
    away: bool = False
    last_seen: datetime | None = None
    settling: bool = False


UNKNOWN = Presence()  # what strangers see, of those who are there and of those who never were


def of(*, user_ids: Iterable[int]) -> dict[int, Presence]:
    """How these users are, each of them. Two queries."""
    wanted = set(user_ids)
    live = defaultdict(list)
    found = Connection.objects.live().filter(user__in=wanted)
    for user_id, idle, seen_at in found.values_list("user", "idle", "seen_at"):
        live[user_id].append((idle, seen_at))
    recently = ExpressionWrapper(Q(at__gt=ago(settings.IM_PRESENCE_GRACE_SECONDS)), output_field=BooleanField())
    left = LastSeen.objects.filter(user__in=wanted).values_list("user", "at", recently)
    before = {user_id: Presence(recent, last_seen=at, settling=recent) for user_id, at, recent in left}
    now = {
        user_id: Presence(True, away=all(idle for idle, _ in rows), last_seen=max(seen_at for _, seen_at in rows))
        for user_id, rows in live.items()
    }
    return {id: now.get(id) or before.get(id, UNKNOWN) for id in wanted}


VISIBLE = Statement(
    """
    SELECT pairs.viewer, pairs.other FROM {pairs}
    WHERE pairs.viewer = pairs.other OR EXISTS (
        SELECT 1 FROM messages_store_member mine
        JOIN messages_store_member theirs ON theirs.conversation_id = mine.conversation_id
        WHERE mine.user_id = pairs.viewer AND mine.left_at IS NULL
        AND theirs.user_id = pairs.other AND theirs.left_at IS NULL)""",
    pairs={"viewer": "bigint", "other": "bigint"},
)


def visible(*, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these pairs (viewer, other) who are in a conversation together. One query."""
    asked = list(set(pairs))
    return set(VISIBLE({"pairs": asked})) if asked else set()


def seen_by(*, viewer_id: int, user_ids: Iterable[int]) -> dict[int, Presence]:
    """How these users are, as far as the viewer may know."""
    known = {other for _, other in visible(pairs=[(viewer_id, user_id) for user_id in user_ids])}
    found = of(user_ids=known) if known else {}
    return {user_id: found.get(user_id, UNKNOWN) for user_id in user_ids}


LISTENERS = Statement(
    """
    SELECT typing.user_id, typing.conversation_id, other.user_id FROM {typing}
    JOIN messages_store_member me ON me.conversation_id = typing.conversation_id AND me.user_id = typing.user_id
    JOIN messages_store_member other ON other.conversation_id = me.conversation_id AND other.user_id <> me.user_id
    WHERE me.left_at IS NULL AND other.left_at IS NULL AND %(at_most)s >= (
        SELECT count(*) FROM (
            SELECT 1 FROM messages_store_member everybody
            WHERE everybody.conversation_id = me.conversation_id AND everybody.left_at IS NULL
            LIMIT %(at_most)s + 1) AS first_of_them)""",
    typing={"user_id": "bigint", "conversation_id": "bigint"},
)


def listeners(*, typing: Iterable[tuple[int, int]], at_most: int) -> dict[tuple[int, int], list[int]]:
    """For each (user, conversation) the other members; nobody where it is not the user's, or too large."""
    found = defaultdict(list)
    for user_id, conversation_id, other in LISTENERS({"typing": list(typing)}, at_most=at_most):
        found[user_id, conversation_id].append(other)
    return dict(found)
