"""Sending: a list of drafts becomes messages and inbox entries, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from django.db import DataError, IntegrityError, transaction

from messages_store.drafts import Draft, check
from messages_store.errors import ChatError, Conflict, Invalid, NoSuchConversation, NotFound
from messages_store.events import Event, as_json, describe, moment

from . import conversations, inboxes, rows


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored message: what `accepted` says. `seq` is the sender's own inbox entry."""

    client_id: str
    message: int
    conversation: int
    number: int
    created_at: str
    seq: int


@dataclass(slots=True)
class Sent:
    """What became of a list of drafts, in its order, and what to ring: the new events by recipient."""

    outcomes: list[Accepted | ChatError]
    events: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))


Placed = tuple[int, Draft]  # a draft and its place in the list


@dataclass(slots=True)
class Fresh:
    """A draft that becomes message `number` of its conversation."""

    place: int
    draft: Draft
    number: int


def send(drafts: Sequence[Draft]) -> Sent:
    """Store drafts as messages with one inbox entry per recipient.

    One transaction and a bounded number of queries, whatever the length of the list. A draft that fails fails alone.
    A client_id that its sender used before gives the same answer as then, and stores nothing.
    """
    try:
        return _send(drafts)
    except (DataError, IntegrityError) as error:
        # The database refused what our checks let pass, or two nodes stored one client_id at once in two
        # conversations. Alone, a draft takes no neighbour along.
        if len(drafts) > 1:
            return _join(send([draft]) for draft in drafts)
        if isinstance(error, DataError):
            return Sent([Invalid()])
        return _send(drafts)


def _join(parts: Iterable[Sent]) -> Sent:
    whole = Sent([])
    for part in parts:
        whole.outcomes += part.outcomes
        for user_id, events in part.events.items():
            whole.events[user_id] += events
    return whole


def _send(drafts: Sequence[Draft]) -> Sent:
    sent = Sent([None] * len(drafts))
    todo = list(_find_conversations(sent, list(_check(sent, drafts))))
    if todo:
        with transaction.atomic():
            _store(sent, todo)
    return sent


def _check(sent: Sent, drafts: Sequence[Draft]) -> Iterable[Placed]:
    for place, draft in enumerate(drafts):
        try:
            check(draft)
            yield place, draft
        except ChatError as error:
            sent.outcomes[place] = error


def _find_conversations(sent: Sent, todo: list[Placed]) -> Iterable[Placed]:
    """Turn `to` into the direct conversation, opened where there is none yet."""
    pairs = {(draft.sender, draft.to) for _, draft in todo if draft.to is not None}
    found = conversations.open_directs(pairs) if pairs else {}
    for place, draft in todo:
        if draft.to is not None:
            conversation = found[draft.sender, draft.to]
            if isinstance(conversation, ChatError):
                sent.outcomes[place] = conversation
                continue
            draft = replace(draft, conversation=conversation, to=None)
        yield place, draft


def _store(sent: Sent, todo: list[Placed]) -> None:
    """Inside the transaction: lock the conversations, then the inboxes, each in key order, so nothing deadlocks."""
    numbers, now = rows.lock_conversations(draft.conversation for _, draft in todo)
    members = rows.members(numbers)
    fresh = list(_select(sent, todo, numbers, members))
    if fresh:
        boxes = inboxes.lock(chain.from_iterable(members[new.draft.conversation] for new in fresh))
        ids = rows.insert_messages(fresh, now)
        deliveries = _append(sent, fresh, ids, members, boxes, now)
        rows.insert_deliveries(deliveries, now)
        rows.count_up({new.draft.conversation: new.number for new in fresh})
        rows.mark_own_as_read({(new.draft.conversation, new.draft.sender): new.number for new in fresh})
        inboxes.save(boxes)
    for place, outcome in enumerate(sent.outcomes):
        if isinstance(outcome, Fresh):
            sent.outcomes[place] = sent.outcomes[outcome.place]


def _select(sent: Sent, todo: list[Placed], numbers: dict[int, int], members: dict) -> Iterable[Fresh]:
    """Answer what needs no storing (sent before, or not allowed) and number the rest."""
    before = rows.stored_before(draft for _, draft in todo)
    replied_to = rows.conversations_of_messages(draft.reply_to for _, draft in todo)
    first: dict[tuple, Fresh] = {}
    for place, draft in todo:
        key = draft.sender, draft.client_id
        if key in before:
            message = before[key]
            sent.outcomes[place] = _accepted_before(message) if draft.is_stored_as(message) else Conflict()
        elif key in first:  # twice in one list: the first one's answer
            sent.outcomes[place] = first[key] if draft == first[key].draft else Conflict()
        elif draft.sender not in members.get(draft.conversation, ()):
            sent.outcomes[place] = NoSuchConversation()
        elif draft.reply_to is not None and replied_to.get(draft.reply_to) != draft.conversation:
            sent.outcomes[place] = NotFound()
        else:
            numbers[draft.conversation] += 1
            first[key] = Fresh(place, draft, numbers[draft.conversation])
            yield first[key]


def _append(sent: Sent, fresh: list[Fresh], ids: dict, members: dict, boxes: dict, now) -> list[tuple]:
    """Append each message to its recipients' inboxes, in memory: (recipient, seq, message id, is own) per entry."""
    deliveries = []
    for new in fresh:
        draft, message_id = new.draft, ids[new.draft.conversation, new.number]
        message = _describe(new, message_id, now)
        body = as_json(message)
        for user_id in members[draft.conversation]:
            own = user_id == draft.sender
            seq = boxes[user_id].append(own=own)
            deliveries.append((user_id, seq, message_id, own))
            sent.events[user_id].append(Event(seq, "message", body, message["client_id"] if own else None))
            if own:
                sent.outcomes[new.place] = _accepted(message, seq)
    return deliveries


def _describe(new: Fresh, message_id: int, now) -> dict:
    draft = new.draft
    return describe(
        id=message_id,
        conversation_id=draft.conversation,
        number=new.number,
        sender_id=draft.sender,
        kind=draft.kind,
        body=draft.body,
        data=draft.data,
        client_id=draft.client_id,
        created_at=now,
        reply_to_id=draft.reply_to,
    )


def _accepted(message: dict, seq: int) -> Accepted:
    return Accepted(
        client_id=message["client_id"],
        message=message["id"],
        conversation=message["conversation"],
        number=message["number"],
        created_at=message["created_at"],
        seq=seq,
    )


def _accepted_before(message) -> Accepted:
    return Accepted(
        client_id=str(message.client_id),
        message=message.pk,
        conversation=message.conversation_id,
        number=message.number,
        created_at=moment(message.created_at),
        seq=message.own_seq,
    )
