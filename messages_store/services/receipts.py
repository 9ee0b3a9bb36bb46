"""Receipts: what a user's devices acknowledged, and what the user has read. Many users' at once, in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from messages_store.models import Conversation, Message
from messages_store.sql import Statement

from . import inboxes


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a user has come in a conversation, for the other parties to know. None: as far as before."""

    conversation: int
    user: int
    sent: int | None = None
    read: int | None = None


def record(*, acks: Mapping[int, int], reads: Mapping[tuple[int, int], int]) -> list[Mark]:
    """Store cumulative acks (user → seq) and read marks ((user, conversation) → number); return what moved.

    A bounded number of queries. Nothing moves backwards, nor beyond what there is. A read mark in a conversation that
    the user is not in is passed over: it tells nobody anything.
    """
    return inboxes.transact(_record, acks, reads)


def _record(acks: Mapping[int, int], reads: Mapping[tuple[int, int], int]) -> list[Mark]:
    boxes = inboxes.lock({*acks, *(user_id for user_id, _ in reads)})
    sent = _acknowledge(boxes, acks)
    return [*_mark_sent(sent), *_mark_read(reads)]


def ack(*, user_id: int, seq: int) -> list[Mark]:
    """One user's ack."""
    return record(acks={user_id: seq}, reads={})


def read(*, user_id: int, conversation_id: int, number: int) -> list[Mark]:
    """One user's read mark."""
    return record(acks={}, reads={(user_id, conversation_id): number})


SEND = Statement(
    """
    UPDATE messages_store_delivery SET status = 'sent', sent_at = {now} FROM {moves}
    WHERE messages_store_delivery.recipient_id = moves.recipient_id
    AND seq > moves.after AND seq <= moves.upto AND status = 'unsent'
    RETURNING messages_store_delivery.recipient_id, message_id""",
    moves={"recipient_id": "bigint", "after": "bigint", "upto": "bigint"},
)


def _acknowledge(boxes: dict[int, inboxes.Counters], acks: Mapping[int, int]) -> list[tuple[int, int]]:
    """Move the acked seqs; (recipient, message) of each delivery that became sent."""
    moves, moved = [], {}
    for user_id, seq in acks.items():
        box = boxes.get(user_id)
        upto = min(seq, box.last_seq) if box else 0
        if box and upto > box.acked_seq:
            moves.append((user_id, box.acked_seq, upto))
            box.acked_seq = upto
            moved[user_id] = box
    if not moves:
        return []
    became_sent = SEND({"moves": moves})
    inboxes.save(moved)
    return became_sent


MARKS = {"conversation_id": "bigint", "user_id": "bigint", "number": "bigint"}
MARK_SENT = Statement(
    """
    UPDATE messages_store_member SET sent_number = marks.number FROM {marks}
    WHERE messages_store_member.conversation_id = marks.conversation_id
    AND messages_store_member.user_id = marks.user_id AND sent_number < marks.number
    RETURNING messages_store_member.conversation_id, messages_store_member.user_id, sent_number""",
    marks=MARKS,
)


def _mark_sent(became_sent: Sequence[tuple[int, int]]) -> list[Mark]:
    if not became_sent:
        return []
    messages = Message.objects.filter(pk__in={message for _, message in became_sent}, conversation__isnull=False)
    found = messages.values_list("pk", "conversation", "number")
    places = {pk: (conversation, number) for pk, conversation, number in found}
    reached: dict[tuple[int, int], int] = defaultdict(int)
    for user_id, message in became_sent:
        if message in places:
            conversation, number = places[message]
            reached[conversation, user_id] = max(reached[conversation, user_id], number)
    moved = MARK_SENT({"marks": [(*key, number) for key, number in reached.items()]})
    return [Mark(conversation, user_id, sent=number) for conversation, user_id, number in moved]


MARK_READ = Statement(
    """
    UPDATE messages_store_member SET read_number = marks.number FROM {marks}
    WHERE messages_store_member.conversation_id = marks.conversation_id
    AND messages_store_member.user_id = marks.user_id AND left_at IS NULL AND read_number < marks.number
    RETURNING messages_store_member.conversation_id, messages_store_member.user_id, read_number""",
    marks=MARKS,
)


def _mark_read(reads: Mapping[tuple[int, int], int]) -> list[Mark]:
    if not reads:
        return []
    conversations = Conversation.objects.filter(pk__in={conversation for _, conversation in reads})
    last = dict(conversations.values_list("pk", "last_number"))
    wanted = [
        (conversation, user_id, min(number, last[conversation]))
        for (user_id, conversation), number in reads.items()
        if conversation in last
    ]
    return [Mark(conversation, user_id, read=number) for conversation, user_id, number in MARK_READ({"marks": wanted})]
