"""The statements of sending: what is read and written for a whole list of drafts at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from messages_store.drafts import Draft
from messages_store.models import Delivery, Message
from messages_store.sql import Statement, ids, is_postgresql, moment

from . import inboxes
from .inboxes import Counters

LOCK_CONVERSATIONS = Statement(
    """
    SELECT c.id, c.last_number, {now} FROM messages_store_conversation c JOIN {wanted} ON c.id = wanted.id
    ORDER BY c.id""",
    locks="c",
    wanted={"id": "bigint"},
)


def lock_conversations(conversation_ids: Iterable[int]) -> tuple[dict[int, int], datetime | None]:
    """The last number of each of these conversations, locked to the commit, and the database's time."""
    found = LOCK_CONVERSATIONS({"wanted": ids(conversation_ids)})
    # As messages_store.sql.now, without a journey of its own.
    now = (found[0][2] if is_postgresql() else timezone.now()) if found else None
    return {id: last_number for id, last_number, _ in found}, now


MEMBERS = Statement(
    """
    SELECT m.conversation_id, m.user_id
    FROM {wanted} JOIN messages_store_member m ON m.conversation_id = wanted.id AND m.left_at IS NULL""",
    wanted={"id": "bigint"},
)


def members(conversation_ids: Iterable[int]) -> dict[int, list[int]]:
    """Who gets what is said in these conversations: user ids by conversation. Locked, so nobody comes or goes."""
    found = defaultdict(list)
    for conversation_id, user_id in MEMBERS({"wanted": ids(conversation_ids)}):
        found[conversation_id].append(user_id)
    return found


BEFORE = Statement(
    """
    SELECT m.id FROM {keys}
    JOIN messages_store_message m ON m.sender_id = keys.sender_id AND m.client_id = keys.client_id""",
    keys={"sender_id": "bigint", "client_id": "uuid"},
)


def stored_before(drafts: Iterable[Draft]) -> dict[tuple, Message]:
    """The messages that were stored under these drafts' client_ids, each with the sender's own seq as `own_seq`.

    Where the sender's own entry was pruned, that is the floor: the last of what was pruned together with it.
    """
    found = BEFORE({"keys": [(draft.sender, draft.client_id.hex) for draft in drafts]})
    if not found:
        return {}
    own = Delivery.objects.filter(message=OuterRef("pk"), recipient=OuterRef("sender"), event="message")
    own_seq = Coalesce(Subquery(own.values("seq")[:1]), F("sender__inbox__floor_seq"))
    messages = Message.objects.filter(pk__in=[id for (id,) in found]).annotate(own_seq=own_seq)
    return {(message.sender_id, message.client_id): message for message in messages}


def conversations_of_messages(message_ids: Iterable[int | None]) -> dict[int, int]:
    """The conversation of each of these messages."""
    wanted = {id for id in message_ids if id is not None}
    return dict(Message.objects.filter(pk__in=wanted).values_list("pk", "conversation")) if wanted else {}


@dataclass(slots=True)
class Writes:
    """All that one list of drafts writes."""

    messages: list[tuple] = field(default_factory=list)  # the columns of INSERT_MESSAGES
    deliveries: list[tuple] = field(default_factory=list)  # recipient, seq, conversation, number, is own
    numbers: dict[int, int] = field(default_factory=dict)  # conversation → its last number
    own: dict[tuple[int, int], int] = field(default_factory=dict)  # (conversation, sender) → number: it is read
    boxes: dict[int, Counters] = field(default_factory=dict)

    def tables(self) -> dict[str, list[tuple]]:
        return {
            "fresh": self.messages,
            "entries": self.deliveries,
            "numbers": list(self.numbers.items()),
            "own": [(*key, number) for key, number in self.own.items()],
            "boxes": inboxes.as_rows(self.boxes),
        }


FRESH = {
    "conversation_id": "bigint",
    "number": "bigint",
    "sender_id": "bigint",
    "client_id": "uuid",
    "kind": "text",
    "body": "text",
    "data": "jsonb",
    "reply_to_id": "bigint",
}
ENTRIES = {
    "recipient_id": "bigint",
    "seq": "bigint",
    "conversation_id": "bigint",
    "number": "bigint",
    "own": "boolean",
}
NUMBERS = {"id": "bigint", "number": "bigint"}
OWN = {"conversation_id": "bigint", "user_id": "bigint", "number": "bigint"}

INSERT_MESSAGES = """
    INSERT INTO messages_store_message
      (conversation_id, number, sender_id, client_id, kind, body, data, reply_to_id, created_at, node_id)
    SELECT conversation_id, number, sender_id, client_id, kind, body, data, reply_to_id, %(now)s,
      (SELECT n.id FROM messages_store_nodename n WHERE n.name = %(node)s)
    FROM {fresh}
    WHERE true RETURNING conversation_id, number, id"""
INSERT_DELIVERIES = """
    INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, sent_at)
    SELECT entries.recipient_id, entries.seq, m.id, 'message', CASE WHEN own THEN 'sent' ELSE 'unsent' END,
           CASE WHEN own THEN %(now)s END
    FROM {entries}
    JOIN {stored} m ON m.conversation_id = entries.conversation_id AND m.number = entries.number
    WHERE true"""
COUNT_UP = """
    UPDATE messages_store_conversation SET last_number = numbers.number
    FROM {numbers} WHERE messages_store_conversation.id = numbers.id"""
MARK_OWN_AS_READ = """
    UPDATE messages_store_member SET read_number = own.number, read_at = %(now)s
    FROM {own} WHERE messages_store_member.conversation_id = own.conversation_id
    AND messages_store_member.user_id = own.user_id"""

IN_ONE = Statement(
    f"""
    WITH stored AS ({INSERT_MESSAGES}),
    delivered AS ({INSERT_DELIVERIES.replace("{stored}", "stored")}),
    counted AS ({COUNT_UP}), marked AS ({MARK_OWN_AS_READ}), saved AS ({inboxes.SAVE_BOXES})
    SELECT conversation_id, number, id FROM stored""",  # noqa: S608 (constants of this module)
    fresh=FRESH,
    entries=ENTRIES,
    numbers=NUMBERS,
    own=OWN,
    boxes=inboxes.BOXES,
)
ONE_BY_ONE = {
    "fresh": Statement(INSERT_MESSAGES, fresh=FRESH),
    "entries": Statement(INSERT_DELIVERIES.replace("{stored}", "messages_store_message"), entries=ENTRIES),
    "numbers": Statement(COUNT_UP, numbers=NUMBERS),
    "own": Statement(MARK_OWN_AS_READ, own=OWN),
    "boxes": inboxes.SAVE,
}


def write(writes: Writes, now: datetime) -> dict[tuple[int, int], int]:
    """Write it; the ids of the messages by (conversation, number).

    PostgreSQL takes it as one statement, which saves four journeys; SQLite, which cannot, one by one.
    """
    stored = _write_in_one(writes, now) if is_postgresql() else write_one_by_one(writes, now)
    return {(conversation_id, number): id for conversation_id, number, id in stored}


def _write_in_one(writes: Writes, now: datetime) -> list[tuple]:
    return IN_ONE(writes.tables(), now=moment(now), node=settings.NODE_NAME)


def write_one_by_one(writes: Writes, now: datetime) -> list[tuple]:
    """The same in plain statements, on any database."""
    tables = writes.tables()
    common = {"now": moment(now), "node": settings.NODE_NAME}
    returned = {name: run({name: tables[name]}, **common) for name, run in ONE_BY_ONE.items()}
    return returned["fresh"]
