"""What waits in an inbox and counts: that is what somebody is reminded of.

Not what is in a conversation that its member muted or left, unless the message mentions them (`data` {"mentions": [user
ids]}); nor what the system says there, what was recalled, or what tells of a change. Notifications do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from messages_store.models import Conversation, Message, Notification, User
from messages_store.sql import Statement, aware, is_postgresql

PAGE = 1_000  # entries of one inbox that one look reads
MOST = 10_000  # entries of one inbox that are counted
TITLES = 3
URGENT = Notification.Level.URGENT.value


class Entry(NamedTuple):
    """One unsent entry of an inbox, a message or a notification; `level` is the notification's, else None."""

    user_id: int
    seq: int
    message_id: int
    conversation_id: int | None
    sender_id: int | None
    level: str | None
    stored_at: datetime
    counts: bool

    @property
    def is_urgent(self) -> bool:
        return self.level == URGENT


@dataclass(frozen=True, slots=True)
class Gathered:
    """What somebody is reminded of, in numbers. At most MOST entries are looked through: it may be more."""

    from_seq: int
    up_to_seq: int
    messages: int
    conversations: int
    notifications: dict[str, int]
    oldest: datetime
    urgent: bool
    shown: tuple[Entry, ...]  # the newest of each conversation and each level, at most TITLES: what is named


WANTED = {"user_id": "bigint", "after": "bigint", "upto": "bigint"}
UNSENT = """
    SELECT d.recipient_id, d.seq, m.id, m.conversation_id, m.sender_id, CASE WHEN d.is_notification THEN n.level END,
      coalesce(d.stored_at, m.created_at), (m.recalled_at IS NULL AND (d.is_notification OR (
        m.kind <> 'system' AND b.left_at IS NULL AND (NOT b.muted OR (<mentioned>)))))
    FROM {wanted} <joined> ORDER BY d.recipient_id, d.seq"""

# From each inbox by its index, and from there by the keys: the databases are told that order, since their statistics do
# not know how little that is, and they would read whole tables.
JOINED_ON_POSTGRESQL = """
    JOIN LATERAL (
      SELECT e.* FROM messages_store_delivery e
      WHERE e.recipient_id = wanted.user_id AND e.seq > wanted.after AND e.seq <= wanted.upto
      AND e.status = 'unsent' AND e.event = 'message' OFFSET 0
    ) d ON true
    JOIN LATERAL (SELECT x.* FROM messages_store_message x WHERE x.id = d.message_id OFFSET 0) m ON true
    LEFT JOIN LATERAL (
      SELECT y.left_at, y.muted FROM messages_store_member y
      WHERE y.conversation_id = m.conversation_id AND y.user_id = d.recipient_id OFFSET 0
    ) b ON true
    LEFT JOIN LATERAL (
      SELECT z.level FROM messages_store_notification z WHERE d.is_notification AND z.message_id = m.id OFFSET 0
    ) n ON true"""
JOINED_ON_SQLITE = """
    CROSS JOIN messages_store_delivery d ON d.recipient_id = wanted.user_id AND d.seq > wanted.after
      AND d.seq <= wanted.upto AND d.status = 'unsent' AND d.event = 'message'
    CROSS JOIN messages_store_message m ON m.id = d.message_id
    LEFT JOIN messages_store_member b ON b.conversation_id = m.conversation_id AND b.user_id = d.recipient_id
    LEFT JOIN messages_store_notification n ON n.message_id = m.id"""
# Whether message m mentions who d is for.
MENTIONED = {
    "postgresql": "m.data @> jsonb_build_object('mentions', jsonb_build_array(d.recipient_id))",
    "sqlite": """json_type(m.data, '$.mentions') = 'array' AND EXISTS (
      SELECT 1 FROM json_each(m.data, '$.mentions') j WHERE j.type = 'integer' AND j.value = d.recipient_id)""",
}
ON_POSTGRESQL = Statement(
    UNSENT.replace("<joined>", JOINED_ON_POSTGRESQL).replace("<mentioned>", MENTIONED["postgresql"]), wanted=WANTED
)
ON_SQLITE = Statement(
    UNSENT.replace("<joined>", JOINED_ON_SQLITE).replace("<mentioned>", MENTIONED["sqlite"]), wanted=WANTED
)


def entries(*, windows: Iterable[tuple[int, int, int]]) -> dict[int, list[Entry]]:
    """What is unsent in these parts of inboxes (user, after this seq, up to this one), in order, by user."""
    windows = list(windows)
    statement = ON_POSTGRESQL if is_postgresql() else ON_SQLITE
    found = defaultdict(list)
    for *columns, stored_at, counts in statement({"wanted": windows}) if windows else ():
        entry = Entry(*columns, aware(stored_at), bool(counts))
        found[entry.user_id].append(entry)
    return dict(found)


def gather(*, user_id: int, after: int, up_to: int) -> Gathered | None:
    """What counts of this part of an inbox; None where nothing does."""
    counted: list[Entry] = []
    up_to = min(up_to, after + MOST)
    for start in range(after, up_to, PAGE):
        page = entries(windows=[(user_id, start, min(start + PAGE, up_to))])
        counted += [entry for entry in page.get(user_id, ()) if entry.counts]
    if not counted:
        return None
    said = [entry for entry in counted if entry.level is None]
    newest = {entry.conversation_id or entry.level: entry for entry in counted}
    return Gathered(
        from_seq=counted[0].seq,
        up_to_seq=counted[-1].seq,
        messages=len(said),
        conversations=len({entry.conversation_id for entry in said}),
        notifications=dict(Counter(entry.level for entry in counted if entry.level is not None)),
        oldest=min(entry.stored_at for entry in counted),
        urgent=any(entry.is_urgent for entry in counted),
        shown=tuple(sorted(newest.values(), key=lambda entry: (not entry.is_urgent, -entry.seq))[:TITLES]),
    )


def titles(*, entries: Iterable[Entry]) -> tuple[str, ...]:
    """What these are called: a notification's title, a group's, or who wrote directly."""
    return tuple(filter(None, map(_title, entries)))


def _title(entry: Entry) -> str:
    if entry.level is not None:
        return Message.objects.values_list("data__title", flat=True).get(pk=entry.message_id) or ""
    kind, title = Conversation.objects.values_list("kind", "title").get(pk=entry.conversation_id)
    if kind != Conversation.Kind.DIRECT and title:
        return title
    sender = User.objects.filter(pk=entry.sender_id).first()
    return sender.name if sender else ""
