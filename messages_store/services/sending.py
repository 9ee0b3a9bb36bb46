"""Sending: a list of drafts becomes messages and inbox entries, in one transaction."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import TypeVar

from django.db import DataError, IntegrityError

from messages_store.drafts import Draft, check
from messages_store.errors import (
    ChatError,
    Conflict,
    Invalid,
    NoSuchConversation,
    NotFound,
    RateLimited,
    UnusableAttachment,
)
from messages_store.events import Event, as_json, describe, moment

from . import attaching, conversations, inboxes, rows

logger = logging.getLogger(__name__)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored message, or an edit or recall of one: what `accepted` says. `seq` is the sender's own inbox entry."""

    client_id: str
    message: int
    conversation: int
    number: int
    created_at: str
    seq: int
    edited_at: str | None = None
    recalled_at: str | None = None


@dataclass(slots=True)
class Sent:
    """What became of a list of drafts or changes, in its order, and what to ring: the new events by recipient."""

    outcomes: list[Accepted | ChatError]
    events: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))


Placed = tuple[int, Draft]  # a draft and its place in the list


@dataclass(slots=True)
class Fresh:
    """A draft that becomes message `number` of its conversation, when it gets one."""

    place: int
    draft: Draft
    number: int = 0
    seqs: dict[int, int] = field(default_factory=dict)  # its place in each recipient's inbox


def send(drafts: Sequence[Draft]) -> Sent:
    """Store drafts as messages with one inbox entry per recipient.

    One transaction and a bounded number of queries, whatever the length of the list. A draft that fails fails alone.
    A client_id that its sender used before gives the same answer as then, and stores nothing.
    """
    return or_each_alone(
        store=_send, items=drafts, ids=lambda draft: {"client_id": draft.client_id, "user": draft.sender}
    )


def or_each_alone(
    *, store: Callable[[Sequence[Item]], Sent], items: Sequence[Item], ids: Callable[[Item], dict]
) -> Sent:
    """What `store` makes of these in one transaction; where the database refuses that, of each in one of its own.

    It refuses what our checks let pass, or two nodes stored one client_id at once in two conversations. Alone, an item
    takes no neighbour along. `ids`: what is told of one that is refused alone too, its own and its user's.
    """
    try:
        return store(items)
    except (DataError, IntegrityError):
        return _join(_alone(store, item, ids(item)) for item in items)


def _alone(store: Callable[[Sequence[Item]], Sent], item: Item, ids: dict) -> Sent:
    for _attempt in range(2):  # what another node stored at the same moment is found the second time
        try:
            return store([item])
        except (DataError, IntegrityError) as error:
            refusal = type(error).__name__  # its text has the body
    logger.error("The database refuses message %s of user %s: %s", *ids.values(), refusal, extra=ids)
    return Sent([Invalid()])


def _join(parts: Iterable[Sent]) -> Sent:
    whole = Sent([])
    for part in parts:
        whole.outcomes += part.outcomes
        for user_id, events in part.events.items():
            whole.events[user_id] += events
    return whole


def _send(drafts: Sequence[Draft]) -> Sent:
    sent = Sent([None] * len(drafts))
    todo = list(_find_conversations(sent, list(checked(sent=sent, items=drafts, check=check))))
    if todo:
        inboxes.transact(_store, sent, todo)
    return sent


def checked(*, sent: Sent, items: Sequence[Item], check: Callable[[Item], None]) -> Iterable[tuple[int, Item]]:
    """Those that are right, with their places in the list; of the others the outcome is what is wrong."""
    for place, item in enumerate(items):
        try:
            check(item)
            yield place, item
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
    fresh = list(_select(sent, todo, members))
    if fresh:
        boxes = inboxes.lock(chain.from_iterable(members[new.draft.conversation] for new in fresh))
        fresh = list(_count(sent, fresh, boxes, now))
    if fresh:
        writes = rows.Writes(boxes=boxes)
        for new in fresh:
            new.number = numbers[new.draft.conversation] = numbers[new.draft.conversation] + 1
            _append(writes, new, members[new.draft.conversation])
        ids = rows.write(writes, now)
        attaching.attach(sent={ids[new.draft.conversation, new.number]: new.draft for new in fresh}, now=now)
        for new in fresh:
            _announce(sent, new, _describe(new, ids[new.draft.conversation, new.number], now))
    for place, outcome in enumerate(sent.outcomes):
        if isinstance(outcome, Fresh):
            sent.outcomes[place] = sent.outcomes[outcome.place]


def _select(sent: Sent, todo: list[Placed], members: dict) -> Iterable[Fresh]:
    """Answer what needs no storing: sent before, or not allowed. The rest is new."""
    before = rows.stored_before(draft for _, draft in todo)
    replied_to = rows.conversations_of_messages(draft.reply_to for _, draft in todo)
    offered = attaching.offered(drafts=[draft for _, draft in todo])
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
        elif not attaching.take(draft=draft, offered=offered):
            sent.outcomes[place] = UnusableAttachment()
        else:
            first[key] = Fresh(place, draft)
            yield first[key]


def _count(sent: Sent, fresh: list[Fresh], boxes: dict[int, inboxes.Counters], now: datetime) -> Iterable[Fresh]:
    """Count what each sender sends in this minute, over all nodes; what is over the limit waits for the next one."""
    for new in fresh:
        wait = boxes[new.draft.sender].wait_to_send(now)
        if wait:
            sent.outcomes[new.place] = RateLimited(retry_after=wait)
        else:
            yield new


def _append(writes: rows.Writes, new: Fresh, recipients: list[int]) -> None:
    """Put the message into its recipients' inboxes."""
    draft = new.draft
    writes.messages.append(
        (
            draft.conversation,
            new.number,
            draft.sender,
            draft.client_id.hex,
            draft.kind,
            draft.body,
            draft.data,
            draft.reply_to,
        )
    )
    writes.numbers[draft.conversation] = new.number
    writes.own[draft.conversation, draft.sender] = new.number
    for user_id in recipients:
        own = user_id == draft.sender
        new.seqs[user_id] = seq = writes.boxes[user_id].append(own=own)
        writes.deliveries.append((user_id, seq, draft.conversation, new.number, own))


def _announce(sent: Sent, new: Fresh, message: dict) -> None:
    """The sender's answer, and everybody's event; the message's JSON is made once for all of them."""
    sender, body = new.draft.sender, as_json(message)
    sent.outcomes[new.place] = _accepted(message, new.seqs[sender])
    for user_id, seq in new.seqs.items():
        client_id = message["client_id"] if user_id == sender else None
        sent.events[user_id].append(Event(seq, "message", body, client_id))


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
