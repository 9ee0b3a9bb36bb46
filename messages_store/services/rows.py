"""The statements of sending: what is read and written for a whole list of drafts at once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now

from messages_store import sql
from messages_store.drafts import Draft
from messages_store.models import Conversation, Delivery, Member, Message


def lock_conversations(ids: Iterable[int]) -> tuple[dict[int, int], datetime | None]:
    """The last number of each of these conversations, locked to the commit, and the database's time."""
    found = (
        Conversation.objects.filter(pk__in=set(ids))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "last_number", Now())
    )
    numbers, now = {}, None
    for pk, last_number, now in found:
        numbers[pk] = last_number
    return numbers, now


def members(conversation_ids: Iterable[int]) -> dict[int, list[int]]:
    """Who gets what is said in these conversations: user ids by conversation."""
    found = defaultdict(list)
    present = Member.objects.present().filter(conversation__in=list(conversation_ids))
    for conversation_id, user_id in present.values_list("conversation", "user"):
        found[conversation_id].append(user_id)
    return found


BEFORE = """
SELECT m.id FROM {rows} JOIN messages_store_message m ON m.sender_id = v.sender_id AND m.client_id = v.client_id"""


def stored_before(drafts: Iterable[Draft]) -> dict[tuple, Message]:
    """The messages that were stored under these drafts' client_ids, each with the sender's own seq as `own_seq`."""
    keys = [(draft.sender, draft.client_id.hex) for draft in drafts]
    found = sql.execute(BEFORE, keys, {"sender_id": "bigint", "client_id": "uuid"})
    if not found:
        return {}
    own = Delivery.objects.filter(message=OuterRef("pk"), recipient=OuterRef("sender"), event="message")
    messages = Message.objects.filter(pk__in=[id for (id,) in found]).annotate(own_seq=Subquery(own.values("seq")[:1]))
    return {(message.sender_id, message.client_id): message for message in messages}


def conversations_of_messages(ids: Iterable[int | None]) -> dict[int, int]:
    """The conversation of each of these messages."""
    wanted = {id for id in ids if id is not None}
    return dict(Message.objects.filter(pk__in=wanted).values_list("pk", "conversation")) if wanted else {}


MESSAGES = """
INSERT INTO messages_store_message
  (conversation_id, number, sender_id, client_id, kind, body, data, reply_to_id, created_at)
SELECT conversation_id, number, sender_id, client_id, kind, body, data, reply_to_id, %(now)s FROM {rows} WHERE true
RETURNING conversation_id, number, id"""


def insert_messages(fresh: Iterable, now: datetime) -> dict[tuple[int, int], int]:
    """Store the messages; their ids by (conversation, number)."""
    columns = {
        "conversation_id": "bigint",
        "number": "bigint",
        "sender_id": "bigint",
        "client_id": "uuid",
        "kind": "text",
        "body": "text",
        "data": "jsonb",
        "reply_to_id": "bigint",
    }
    values = [
        (
            new.draft.conversation,
            new.number,
            new.draft.sender,
            new.draft.client_id.hex,
            new.draft.kind,
            new.draft.body,
            new.draft.data,
            new.draft.reply_to,
        )
        for new in fresh
    ]
    stored = sql.execute(MESSAGES, values, columns, now=sql.moment(now))
    return {(conversation_id, number): id for conversation_id, number, id in stored}


DELIVERIES = """
INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, sent_at)
SELECT recipient_id, seq, message_id, 'message', CASE WHEN own THEN 'sent' ELSE 'unsent' END,
       CASE WHEN own THEN %(now)s END FROM {rows} WHERE true"""


def insert_deliveries(deliveries: list[tuple], now: datetime) -> None:
    """Store (recipient, seq, message id, is own). The sender has its own: that entry is born sent."""
    columns = {"recipient_id": "bigint", "seq": "bigint", "message_id": "bigint", "own": "boolean"}
    sql.execute(DELIVERIES, deliveries, columns, now=sql.moment(now))


COUNT_UP = """
UPDATE messages_store_conversation SET last_number = v.number
FROM {rows} WHERE messages_store_conversation.id = v.id"""


def count_up(numbers: dict[int, int]) -> None:
    """Write the last number of each conversation."""
    sql.execute(COUNT_UP, list(numbers.items()), {"id": "bigint", "number": "bigint"})


OWN_READ = """
UPDATE messages_store_member SET read_number = v.number
FROM {rows} WHERE messages_store_member.conversation_id = v.conversation_id
AND messages_store_member.user_id = v.user_id"""


def mark_own_as_read(numbers: dict[tuple[int, int], int]) -> None:
    """Sending implies having read: (conversation, user) → number."""
    columns = {"conversation_id": "bigint", "user_id": "bigint", "number": "bigint"}
    sql.execute(OWN_READ, [(*key, number) for key, number in numbers.items()], columns)
