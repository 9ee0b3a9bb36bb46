"""What devices need that come back: where their inboxes are, and what is in them. For many devices at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from messages_store.changes import token
from messages_store.events import FIELDS, Event, as_json, describe
from messages_store.sql import Statement, aware, ids

from . import inboxes


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a user's inbox is, for a device that says hello."""

    epoch: str
    head: int
    acked: int
    floor: int
    unsent: int
    unread: int
    unread_notifications: int
    now: datetime  # by the database's clock


STANDINGS = Statement(
    """
    SELECT i.user_id, i.epoch, i.last_seq, i.acked_seq, i.floor_seq,
      (SELECT count(*) FROM messages_store_delivery d
       WHERE d.recipient_id = i.user_id AND d.seq > i.acked_seq AND d.seq <= i.last_seq AND d.status = 'unsent'),
      (SELECT coalesce(sum(c.last_number - CASE WHEN m.read_number > c.floor_number THEN m.read_number
         ELSE c.floor_number END), 0) FROM messages_store_member m
       JOIN messages_store_conversation c ON c.id = m.conversation_id
       WHERE m.user_id = i.user_id AND m.left_at IS NULL AND c.last_number > m.read_number),
      (SELECT count(*) FROM messages_store_delivery d
       WHERE d.recipient_id = i.user_id AND d.is_notification AND d.read_at IS NULL), {now}
    FROM {wanted} JOIN messages_store_inbox i ON i.user_id = wanted.id""",
    wanted={"id": "bigint"},
)


def standings(*, user_ids: Collection[int]) -> dict[int, Standing]:
    """Where the inboxes of these users are. Who has none yet is given one. One query, where all have one."""
    found = _standings(user_ids)
    missing = set(user_ids) - found.keys()
    if missing:
        inboxes.ensure(missing)
        found |= _standings(missing)
    return found


def _standings(user_ids: Iterable[int]) -> dict[int, Standing]:
    rows = STANDINGS({"wanted": ids(user_ids)})
    return {
        user_id: Standing(*counters, int(unread), notifications, aware(now))
        for user_id, *counters, unread, notifications, now in rows
    }


BEYOND = 2**62  # there is no such seq, nor one after it


class Place(NamedTuple):
    """A place in a user's inbox, and how many entries after it are wanted."""

    user_id: int
    after: int
    most: int


# The seqs have no holes, so so many entries are so many seqs. A row without an entry says that there is none. The end
# is a subquery for each place, so that PostgreSQL goes by the index: given the bare sum, it reads the whole table.
PAGES = Statement(
    f"""
    SELECT places.user_id, places.after, places.most,
      (SELECT i.floor_seq FROM messages_store_inbox i WHERE i.user_id = places.user_id),
      d.seq, d.event, {", ".join(f"m.{name}" for name in FIELDS)}
    FROM {{places}}
    LEFT JOIN messages_store_delivery d ON d.recipient_id = places.user_id AND d.seq > places.after
      AND d.seq <= (SELECT places.after + places.most FROM messages_store_inbox i
                    WHERE i.user_id = places.user_id AND i.floor_seq <= places.after)
    LEFT JOIN messages_store_message m ON m.id = d.message_id
    ORDER BY places.user_id, d.seq""",  # noqa: S608 (constants of this module)
    places={"user_id": "bigint", "after": "bigint", "most": "bigint"},
)


def inbox_pages(*, places: Collection[Place]) -> dict[Place, list[Event] | None]:
    """The entries after each of these places, in order; None where what comes next was pruned. One query."""
    pages: dict[Place, list[Event] | None] = {place: [] for place in places}
    asked = [place for place in pages if place.after < BEYOND]
    for user_id, after, most, floor, seq, kind, *fields in PAGES({"places": asked}):
        place = Place(user_id, after, most)
        if (floor or 0) > after:
            pages[place] = None
        elif seq is not None:
            pages[place].append(_event(user_id, seq, kind, dict(zip(FIELDS, fields, strict=True))))
    return pages


def _event(recipient_id: int, seq: int, kind: str, fields: dict) -> Event:
    """Of a row as the driver gives it."""
    if isinstance(fields["client_id"], str):
        fields["client_id"] = UUID(fields["client_id"])
    if isinstance(fields["data"], str):
        fields["data"] = msgspec.json.decode(fields["data"])
    for name in ("created_at", "edited_at", "recalled_at"):
        fields[name] = aware(fields[name])
    own = _own(kind, fields) if fields["sender_id"] == recipient_id else None
    return Event(seq=seq, event=kind, message=as_json(describe(**fields)), client_id=own)


def _own(kind: str, fields: dict) -> str | None:
    """What the connection that sent it knows it by: the client_id, or the token of an edit or recall."""
    if kind != "message":
        return token(kind, fields["id"], fields["body"])
    return None if fields["client_id"] is None else str(fields["client_id"])
