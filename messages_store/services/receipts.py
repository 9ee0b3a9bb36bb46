"""Receipts: what a user's devices acknowledged, and what the user has read. Many users' at once, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.conf import settings

from messages_store.events import as_json
from messages_store.sql import Statement, is_postgresql

from . import devices as known_devices
from . import inboxes, rows


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a user has come in a conversation, for the other parties to know. None: as far as before."""

    conversation: int
    user: int
    sent: int | None = None
    read: int | None = None


def record(
    *, acks: Mapping[int, int], reads: Mapping[tuple[int, int], int], devices: Mapping[int, int] = MappingProxyType({})
) -> list[Mark]:
    """Store cumulative acks (user → seq) and read marks ((user, conversation) → number); return what moved.

    `devices` are those that acknowledged, by user, for the trace. A bounded number of queries. Nothing moves backwards,
    nor beyond what there is. A read mark in a conversation that the user is not in is passed over: it tells nobody
    anything.
    """
    return inboxes.transact(_record, acks, reads, devices)


def hints(*, marks: Iterable[Mark]) -> dict[int, list[str]]:
    """The `marks` frames for the other members, by user. None where there are more than IM_MARKS_MEMBERS of them."""
    moved: dict[tuple[int, int], dict] = {}
    for mark in marks:
        moved.setdefault((mark.conversation, mark.user), {}).update(_moved(mark))
    frames: dict[int, list[str]] = defaultdict(list)
    people = rows.members(conversation for conversation, _ in moved) if moved else {}
    for (conversation, user_id), numbers in moved.items():
        frame = as_json({"type": "marks", "conversation": conversation, "user": user_id, **numbers})
        if len(people[conversation]) <= settings.IM_MARKS_MEMBERS:
            for other in people[conversation]:
                if other != user_id:
                    frames[other].append(frame)
    return dict(frames)


def _moved(mark: Mark) -> dict[str, int]:
    numbers = {"sent": mark.sent, "read": mark.read}
    return {name: number for name, number in numbers.items() if number is not None}


def _record(acks: Mapping[int, int], reads: Mapping[tuple[int, int], int], devices: Mapping[int, int]) -> list[Mark]:
    boxes = inboxes.lock({*acks, *(user_id for user_id, _ in reads)})
    return [*_acknowledge(boxes, acks, devices), *_mark_read(reads)]


def ack(*, user_id: int, seq: int, device: tuple[str, str] | None = None) -> list[Mark]:
    """One user's ack. `device` is the id and the kind of what acknowledged, for the trace; new ones are made known."""
    return inboxes.transact(_ack, user_id, seq, device)


def _ack(user_id: int, seq: int, device: tuple[str, str] | None) -> list[Mark]:
    boxes = inboxes.lock([user_id])
    known = known_devices.know(devices=[(user_id, *device)] if device else [])
    return _acknowledge(boxes, {user_id: seq}, {user_id: id for (user_id, *_), id in known.items()})


def read(*, user_id: int, conversation_id: int, number: int) -> list[Mark]:
    """One user's read mark."""
    return record(acks={}, reads={(user_id, conversation_id): number})


MOVES = {"recipient_id": "bigint", "after": "bigint", "upto": "bigint", "device_id": "bigint"}
MARKS = {"conversation_id": "bigint", "user_id": "bigint", "number": "bigint"}

SEND = """
    UPDATE messages_store_delivery SET status = 'sent', sent_at = {now}, sent_by_id = moves.device_id,
      sent_on_id = (SELECT n.id FROM messages_store_nodename n WHERE n.name = %(node)s)
    FROM {moves}
    WHERE messages_store_delivery.recipient_id = moves.recipient_id
    AND seq > moves.after AND seq <= moves.upto AND status = 'unsent'
    RETURNING messages_store_delivery.recipient_id, message_id"""
REACH = """
    SELECT m.conversation_id, sent.recipient_id AS user_id, max(m.number) AS number
    FROM {sent} JOIN messages_store_message m ON m.id = sent.message_id
    WHERE m.conversation_id IS NOT NULL GROUP BY m.conversation_id, sent.recipient_id"""
MARK_SENT = """
    UPDATE messages_store_member SET sent_number = marks.number FROM {marks}
    WHERE messages_store_member.conversation_id = marks.conversation_id
    AND messages_store_member.user_id = marks.user_id AND sent_number < marks.number
    RETURNING messages_store_member.conversation_id, messages_store_member.user_id, sent_number"""

SEND_IN_ONE = Statement(
    f"""
    WITH sent AS ({SEND}), saved AS ({inboxes.SAVE_BOXES}), marks AS ({REACH.replace("{sent}", "sent")})
    {MARK_SENT.replace("{marks}", "marks")}""",
    moves=MOVES,
    boxes=inboxes.BOXES,
)
SEND_ALONE = Statement(SEND, moves=MOVES)
REACH_ALONE = Statement(REACH, sent={"recipient_id": "bigint", "message_id": "bigint"})
MARK_SENT_ALONE = Statement(MARK_SENT, marks=MARKS)


def _acknowledge(boxes: dict[int, inboxes.Counters], acks: Mapping[int, int], devices: Mapping[int, int]) -> list[Mark]:
    """Move the acked seqs, and with them the deliveries and how far each conversation was sent."""
    moves, moved = [], {}
    for user_id, seq in acks.items():
        box = boxes.get(user_id)
        upto = min(seq, box.last_seq) if box else 0
        if box and upto > box.acked_seq:
            moves.append((user_id, box.acked_seq, upto, devices.get(user_id)))
            box.acked_seq = upto
            moved[user_id] = box
    if not moves:
        return []
    reached = _send_in_one(moves, moved) if is_postgresql() else _send_one_by_one(moves, moved)
    return [Mark(conversation, user_id, sent=number) for conversation, user_id, number in reached]


def _send_in_one(moves: list[tuple], moved: dict[int, inboxes.Counters]) -> list[tuple]:
    return SEND_IN_ONE({"moves": moves, "boxes": inboxes.as_rows(moved)}, node=settings.NODE_NAME)


def _send_one_by_one(moves: list[tuple], moved: dict[int, inboxes.Counters]) -> list[tuple]:
    """The same in plain statements, on any database."""
    sent = SEND_ALONE({"moves": moves}, node=settings.NODE_NAME)
    inboxes.save(moved)
    return MARK_SENT_ALONE({"marks": REACH_ALONE({"sent": sent})})


MARK_READ = Statement(
    """
    UPDATE messages_store_member
    SET read_number = CASE WHEN marks.number < c.last_number THEN marks.number ELSE c.last_number END,
      read_at = {now}
    FROM {marks} JOIN messages_store_conversation c ON c.id = marks.conversation_id
    WHERE messages_store_member.conversation_id = marks.conversation_id
    AND messages_store_member.user_id = marks.user_id AND left_at IS NULL
    AND read_number < marks.number AND read_number < c.last_number
    RETURNING messages_store_member.conversation_id, messages_store_member.user_id, read_number""",
    marks=MARKS,
)


def _mark_read(reads: Mapping[tuple[int, int], int]) -> list[Mark]:
    """A number beyond the last message is the last message's."""
    if not reads:
        return []
    moved = MARK_READ({"marks": [(conversation, user_id, number) for (user_id, conversation), number in reads.items()]})
    return [Mark(conversation, user_id, read=number) for conversation, user_id, number in moved]
