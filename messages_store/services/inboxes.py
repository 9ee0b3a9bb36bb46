"""Inboxes: made, locked in order, counted up."""

from collections.abc import Iterable
from dataclasses import dataclass

from messages_store import sql
from messages_store.models import Inbox


@dataclass(slots=True)
class Counters:
    """The counters of one locked inbox, changed in memory until `save`."""

    last_seq: int
    acked_seq: int

    def append(self, *, own: bool) -> int:
        """Take the next seq. The sender has what it sent, so its own entry is acked when nothing before it waits."""
        self.last_seq += 1
        if own and self.acked_seq == self.last_seq - 1:
            self.acked_seq = self.last_seq
        return self.last_seq


def ensure(user_ids: Iterable[int]) -> None:
    """Give an inbox to everybody who has none."""
    Inbox.objects.bulk_create([Inbox(user_id=id) for id in sorted(set(user_ids))], ignore_conflicts=True)


LOCK = """
SELECT i.user_id, i.last_seq, i.acked_seq FROM messages_store_inbox i JOIN {rows} ON i.user_id = v.id
ORDER BY i.user_id """


def lock(user_ids: Iterable[int]) -> dict[int, Counters]:
    """Lock these inboxes to the commit, in the order of their users."""
    wanted = sql.ids(user_ids)
    rows = sql.execute(LOCK + sql.lock_of("i"), wanted, {"id": "bigint"})
    if len(rows) < len(wanted):
        ensure(id for (id,) in wanted)
        rows = sql.execute(LOCK + sql.lock_of("i"), wanted, {"id": "bigint"})
    return {user_id: Counters(last_seq, acked_seq) for user_id, last_seq, acked_seq in rows}


SAVE = """
UPDATE messages_store_inbox SET last_seq = v.last_seq, acked_seq = v.acked_seq
FROM {rows} WHERE messages_store_inbox.user_id = v.user_id"""


def save(inboxes: dict[int, Counters]) -> None:
    sql.execute(
        SAVE,
        [(user_id, inbox.last_seq, inbox.acked_seq) for user_id, inbox in inboxes.items()],
        {"user_id": "bigint", "last_seq": "bigint", "acked_seq": "bigint"},
    )
