"""Pruning of inboxes: what was acknowledged long ago goes, and the floor rises in the same transaction.

A device whose place is below the floor is told `resync`. Notifications stay in the table below the floor: their list
and what is unread of them are read from there; they go with `IM_MESSAGE_DAYS`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from messages_store.sql import Statement, ids, is_postgresql, moment, now

SCAN = 1_000  # inboxes that one look goes through
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """How many days what is kept; 0: for ever."""

    inbox: int = 0
    unsent: int = 0
    message: int = 0
    reminder: int = 0

    @classmethod
    def of_settings(cls) -> "Days":
        kept = (settings.IM_INBOX_DAYS, settings.IM_UNSENT_DAYS, settings.IM_MESSAGE_DAYS, settings.IM_REMINDER_DAYS)
        return cls(*kept)

    def __bool__(self) -> bool:
        return any((self.inbox, self.unsent, self.message, self.reminder))


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What is older goes: entries that were acknowledged before; entries that were stored before, acknowledged or not;
    messages whose last change was before; reminders and digests that ended before. By the database's clock."""

    acked_before: datetime
    stored_before: datetime
    changed_before: datetime
    ended_before: datetime

    @classmethod
    def of(cls, days: Days) -> "Cutoffs":
        """A message that is kept for so many days is in no inbox for longer."""
        moment = now()
        unsent = min((kept for kept in (days.unsent, days.message) if kept), default=0)
        kept = (days.inbox, unsent, days.message, days.reminder)
        return cls(*(moment - timedelta(days=one) if one else NEVER for one in kept))


class Found(NamedTuple):
    """Inboxes, conversations, … in which something is to go; after which the next look goes on, None: no more."""

    ids: list[int]
    next: int | None


class Chunk(NamedTuple):
    """How much went, and in which of them there may be more."""

    done: int
    more: list[int]


GOES = """
    (d.seq <= i.acked_seq AND d.sent_at < %(acked_before)s) OR coalesce(d.stored_at,
      (SELECT m.created_at FROM messages_store_message m WHERE m.id = d.message_id)) < %(stored_before)s"""
# Subqueries for each inbox, by the index: the statistics do not know how little that is.
FIND = Statement(
    f"""
    SELECT i.user_id, (
      SELECT 1 FROM messages_store_delivery d
      WHERE d.recipient_id = i.user_id AND d.seq = i.floor_seq + 1 AND ({GOES}))
    FROM (SELECT * FROM messages_store_inbox WHERE user_id > %(after)s ORDER BY user_id LIMIT %(limit)s) i
    ORDER BY i.user_id"""  # noqa: S608 (constants of this module)
)
LOCK = Statement(
    """
    SELECT i.user_id, i.floor_seq, i.last_seq FROM messages_store_inbox i JOIN {wanted} ON i.user_id = wanted.id
    ORDER BY i.user_id""",
    locks="i",
    wanted={"id": "bigint"},
)
FIRST_TO_STAY = Statement(
    f"""
    SELECT i.user_id, (
      SELECT d.seq FROM messages_store_delivery d
      WHERE d.recipient_id = i.user_id AND d.seq > i.floor_seq AND d.seq <= i.floor_seq + wanted.most
      AND NOT coalesce({GOES}, false) ORDER BY d.seq LIMIT 1)
    FROM {{wanted}} JOIN messages_store_inbox i ON i.user_id = wanted.id""",  # noqa: S608
    wanted={"id": "bigint", "most": "bigint"},
)
CUTS = {"user_id": "bigint", "after": "bigint", "upto": "bigint"}
DELETE_ON_POSTGRESQL = Statement(
    """
    DELETE FROM messages_store_delivery WHERE id = ANY(ARRAY(
      SELECT d.id FROM {cuts} JOIN LATERAL (
        SELECT e.id FROM messages_store_delivery e
        WHERE e.recipient_id = cuts.user_id AND e.seq > cuts.after AND e.seq <= cuts.upto AND NOT e.is_notification
        OFFSET 0
      ) d ON true))""",
    cuts=CUTS,
)
DELETE_ON_SQLITE = Statement(
    """
    DELETE FROM messages_store_delivery WHERE id IN (
      SELECT d.id FROM {cuts} CROSS JOIN messages_store_delivery d
      WHERE d.recipient_id = cuts.user_id AND d.seq > cuts.after AND d.seq <= cuts.upto AND NOT d.is_notification)""",
    cuts=CUTS,
)
RAISE = Statement(
    """
    UPDATE messages_store_inbox SET floor_seq = cuts.upto,
      acked_seq = CASE WHEN acked_seq < cuts.upto THEN cuts.upto ELSE acked_seq END
    FROM {cuts} WHERE messages_store_inbox.user_id = cuts.user_id""",
    cuts=CUTS,
)


def find(*, cutoffs: Cutoffs, after: int) -> Found:
    """Look through the next inboxes, in the order of their users, whether their first entry goes."""
    rows = FIND({}, after=after, limit=SCAN, **_parameters(cutoffs))
    return Found([user_id for user_id, goes in rows if goes], rows[-1][0] if len(rows) == SCAN else None)


@transaction.atomic
def prune(*, user_ids: Collection[int], cutoffs: Cutoffs, limit: int) -> Chunk:
    """Delete the first entries of these inboxes that are old enough, at most so many of all of them together.

    Up to the first that stays: what is in an inbox has no holes. Whoever writes to one of them waits to the commit.
    """
    most = max(1, limit // len(user_ids))
    boxes = LOCK({"wanted": ids(user_ids)})
    stays = dict(FIRST_TO_STAY({"wanted": [(user_id, most) for user_id, *_ in boxes]}, **_parameters(cutoffs)))
    cuts = []
    for user_id, floor, last in boxes:
        upto = min(last, floor + most) if stays[user_id] is None else stays[user_id] - 1
        if upto > floor:
            cuts.append((user_id, floor, upto))
    if cuts:
        (DELETE_ON_POSTGRESQL if is_postgresql() else DELETE_ON_SQLITE)({"cuts": cuts})
        RAISE({"cuts": cuts})
    done = sum(upto - after for _, after, upto in cuts)
    return Chunk(done, [user_id for user_id, after, upto in cuts if upto - after == most])


def _parameters(cutoffs: Cutoffs) -> dict:
    return {"acked_before": moment(cutoffs.acked_before), "stored_before": moment(cutoffs.stored_before)}
