"""Inboxes: made, locked in order, counted up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from messages_store.models import Inbox, User
from messages_store.sql import Statement, ids

Result = TypeVar("Result")


@dataclass(slots=True)
class Counters:
    """The counters of one locked inbox, changed in memory until they are saved."""

    last_seq: int
    acked_seq: int
    send_minute: int
    send_count: int

    def append(self, *, own: bool) -> int:
        """Take the next seq. The sender has what it sent, so its own entry is acked when nothing before it waits."""
        self.last_seq += 1
        if own and self.acked_seq == self.last_seq - 1:
            self.acked_seq = self.last_seq
        return self.last_seq

    def wait_to_send(self, now: datetime) -> int:
        """Count what this user sends in this minute; the seconds to the next one where it would be one too many."""
        seconds = now.timestamp()
        minute = int(seconds // 60)
        if minute > self.send_minute:  # never back, though clocks of two transactions may be a little apart
            self.send_minute, self.send_count = minute, 0
        if self.send_count >= settings.IM_SENDS_PER_MINUTE:
            return ceil((self.send_minute + 1) * 60 - seconds)
        self.send_count += 1
        return 0


def ensure(user_ids: Iterable[int]) -> None:
    """Give an inbox to everybody who has none."""
    Inbox.objects.bulk_create([Inbox(user_id=id) for id in sorted(set(user_ids))], ignore_conflicts=True)


LOCK = Statement(
    """
    SELECT i.user_id, i.last_seq, i.acked_seq, i.send_minute, i.send_count
    FROM messages_store_inbox i JOIN {wanted} ON i.user_id = wanted.id
    ORDER BY i.user_id""",
    locks="i",
    wanted={"id": "bigint"},
)


class NoInbox(Exception):
    """These users have no inbox yet."""

    def __init__(self, user_ids: Iterable[int]):
        super().__init__()
        self.user_ids = user_ids


def lock(user_ids: Iterable[int]) -> dict[int, Counters]:
    """Lock these inboxes to the commit, in the order of their users. Whoever is no user any more has none."""
    wanted = ids(user_ids)
    found = LOCK({"wanted": wanted})
    if len(found) < len(wanted):
        missing = {id for (id,) in wanted} - {user_id for user_id, *_ in found}
        users = list(User.objects.filter(pk__in=missing).values_list("pk", flat=True))
        if users:
            raise NoInbox(users)
    return {user_id: Counters(*counters) for user_id, *counters in found}


def transact(work: Callable[..., Result], *args) -> Result:
    """Do what locks inboxes in one transaction, and once more after those that were missing are made.

    They are made with no lock held: to insert a row is to wait for whoever inserts the same, and that one may wait for
    what we hold.
    """
    while True:
        try:
            with transaction.atomic():
                return work(*args)
        except NoInbox as missing:
            ensure(missing.user_ids)


SAVE_BOXES = """
    UPDATE messages_store_inbox SET last_seq = boxes.last_seq, acked_seq = boxes.acked_seq,
      send_minute = boxes.send_minute, send_count = boxes.send_count
    FROM {boxes} WHERE messages_store_inbox.user_id = boxes.user_id"""
BOXES = {
    "user_id": "bigint",
    "last_seq": "bigint",
    "acked_seq": "bigint",
    "send_minute": "bigint",
    "send_count": "integer",
}
SAVE = Statement(SAVE_BOXES, boxes=BOXES)


def as_rows(inboxes: dict[int, Counters]) -> list[tuple]:
    return [
        (user_id, inbox.last_seq, inbox.acked_seq, inbox.send_minute, inbox.send_count)
        for user_id, inbox in inboxes.items()
    ]


def save(inboxes: dict[int, Counters]) -> None:
    SAVE({"boxes": as_rows(inboxes)})
