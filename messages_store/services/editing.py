"""Editing and recalling: a list of changes becomes messages as they are now, and inbox entries, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from messages_store.attachments import KIND
from messages_store.changes import Change, Edit, check
from messages_store.drafts import first_digest
from messages_store.errors import ChatError, Forbidden, Invalid, NotFound, RateLimited, Recalled
from messages_store.events import Event, as_json, moment, represent
from messages_store.models import Delivery, Message
from messages_store.sql import Statement
from messages_store.sql import moment as as_parameter

from . import attaching, inboxes, rows
from .sending import Accepted, Sent, checked, or_each_alone

Placed = tuple[int, Change]  # a change and its place in the list


def change(changes: Sequence[Change]) -> Sent:
    """Edit and recall messages, with one inbox entry per member of their conversations.

    One transaction and a bounded number of queries, whatever the length of the list. A change that fails fails alone.
    What is so already gets the answer that it got when it became so, and stores nothing.
    """
    return or_each_alone(
        store=_store, items=changes, ids=lambda change: {"message_id": change.message, "user": change.sender}
    )


def _store(changes: Sequence[Change]) -> Sent:
    sent = Sent([None] * len(changes))
    todo = list(checked(sent=sent, items=changes, check=check))
    where = rows.conversations_of_messages(change.message for _, change in todo)
    todo = [placed for placed in todo if _exists(sent, placed, where)]
    if todo:
        inboxes.transact(_apply, sent, todo, where)
    return sent


def _exists(sent: Sent, placed: Placed, where: dict[int, int | None]) -> bool:
    """Whether there is such a message, in a conversation: notifications are nobody's to change."""
    place, change = placed
    exists = where.get(change.message) is not None
    if not exists:
        sent.outcomes[place] = NotFound()
    return exists


@dataclass(slots=True)
class Work:
    """What one transaction knows, and what it writes."""

    now: datetime
    members: dict[int, list[int]]  # user ids by conversation
    messages: dict[int, Message]
    boxes: dict[int, inboxes.Counters]
    own_seqs: dict[int, int]  # by message: its last entry in its sender's inbox
    entries: list[tuple] = field(default_factory=list)  # the columns of ENTRIES
    changed: set[int] = field(default_factory=set)


def _apply(sent: Sent, todo: list[Placed], where: dict[int, int]) -> None:
    """Inside the transaction: lock the conversations, then the inboxes, each in key order, so nothing deadlocks."""
    numbers, now = rows.lock_conversations(where[change.message] for _, change in todo)
    members = rows.members(numbers)
    messages = Message.objects.in_bulk({change.message for _, change in todo})
    todo = [placed for placed in todo if _may(sent, placed, messages, members)]
    if not todo:
        return
    wanted = {change.message for _, change in todo}
    boxes = inboxes.lock(chain.from_iterable(members[messages[id].conversation_id] for id in wanted))
    work = Work(now, members, messages, boxes, _own_seqs(wanted))
    for place, change in todo:
        sent.outcomes[place] = _change(sent, work, change)
    _write(work)


def _may(sent: Sent, placed: Placed, messages: dict[int, Message], members: dict[int, list[int]]) -> bool:
    """Whether the message is there for this user, and the user's own."""
    place, change = placed
    message = messages.get(change.message)
    if message is None or change.sender not in members.get(message.conversation_id, ()):
        sent.outcomes[place] = NotFound()
    elif message.sender_id != change.sender:
        sent.outcomes[place] = Forbidden(_("Only its sender may change a message."))
    else:
        return True
    return False


def _own_seqs(message_ids: Iterable[int]) -> dict[int, int]:
    """The last entry of each message in its sender's own inbox; where that was pruned, the floor: see stored_before."""
    own = Delivery.objects.filter(message=OuterRef("pk"), recipient=OuterRef("sender")).order_by("-seq")
    seq = Coalesce(Subquery(own.values("seq")[:1]), F("sender__inbox__floor_seq"))
    return dict(Message.objects.filter(pk__in=list(message_ids)).values_list("pk").annotate(seq=seq))


def _change(sent: Sent, work: Work, change: Change) -> Accepted | ChatError:
    """Change the message in memory, and put that into its members' inboxes; or say why not."""
    message = work.messages[change.message]
    if not _is_so(message, change):
        refusal = _refuse(work, message, change)
        if refusal:
            return refusal
        message.first_digest = first_digest(message)
        if isinstance(change, Edit):
            message.body, message.edited_at = change.body, work.now
        else:
            message.body, message.data, message.recalled_at = "", None, work.now
        _announce(sent, work, message, change)
    return _accepted(message, work.own_seqs[message.pk])


def _is_so(message: Message, change: Change) -> bool:
    if isinstance(change, Edit):
        return message.recalled_at is None and message.body == change.body
    return message.recalled_at is not None


def _refuse(work: Work, message: Message, change: Change) -> ChatError | None:
    if message.recalled_at is not None:
        return Recalled()
    if isinstance(change, Edit) and message.data is None and not change.body.strip():
        return Invalid(_("An empty message cannot be sent."))
    if work.now - message.created_at >= timedelta(seconds=settings.IM_EDIT_SECONDS):
        return Forbidden(_("It is too late to change this message."))
    wait = work.boxes[change.sender].wait_to_send(work.now)
    return RateLimited(retry_after=wait) if wait else None


def _announce(sent: Sent, work: Work, message: Message, change: Change) -> None:
    """One entry for every member. The sender's own is the answer's, so it is born sent."""
    event = Delivery.Event.EDITED if isinstance(change, Edit) else Delivery.Event.RECALLED
    body = as_json(represent(message))
    work.changed.add(message.pk)
    for user_id in work.members[message.conversation_id]:
        own = user_id == change.sender
        seq = work.boxes[user_id].append(own=own)
        work.entries.append((user_id, seq, message.pk, str(event), own))
        sent.events[user_id].append(Event(seq, str(event), body, change.token if own else None))
        if own:
            work.own_seqs[message.pk] = seq


def _accepted(message: Message, seq: int) -> Accepted:
    return Accepted(
        client_id=str(message.client_id),
        message=message.pk,
        conversation=message.conversation_id,
        number=message.number,
        created_at=moment(message.created_at),
        seq=seq,
        edited_at=moment(message.edited_at),
        recalled_at=moment(message.recalled_at),
    )


CHANGED = {
    "id": "bigint",
    "body": "text",
    "edited": "boolean",
    "recalled": "boolean",
    "digest": "text",
}
UPDATE_MESSAGES = Statement(
    """
    UPDATE messages_store_message SET body = changed.body, first_digest = changed.digest,
      data = CASE WHEN changed.recalled THEN NULL ELSE data END,
      edited_at = CASE WHEN changed.edited THEN %(now)s ELSE edited_at END,
      recalled_at = CASE WHEN changed.recalled THEN %(now)s ELSE recalled_at END
    FROM {changed} WHERE messages_store_message.id = changed.id""",
    changed=CHANGED,
)
ENTRIES = {"recipient_id": "bigint", "seq": "bigint", "message_id": "bigint", "event": "text", "own": "boolean"}
INSERT_ENTRIES = Statement(
    """
    INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, sent_at, stored_at)
    SELECT recipient_id, seq, message_id, event, CASE WHEN own THEN 'sent' ELSE 'unsent' END,
           CASE WHEN own THEN %(now)s END, %(now)s
    FROM {entries} WHERE true""",
    entries=ENTRIES,
)


def _write(work: Work) -> None:
    if not work.changed:
        return
    now = as_parameter(work.now)
    changed = [_row(work.messages[id], work.now) for id in sorted(work.changed)]
    UPDATE_MESSAGES({"changed": changed}, now=now)
    INSERT_ENTRIES({"entries": work.entries}, now=now)
    attaching.detach(message_ids=[id for id in work.changed if _loses_files(work.messages[id])], now=work.now)
    inboxes.save(work.boxes)


def _loses_files(message: Message) -> bool:
    return message.kind == KIND and message.recalled_at is not None


def _row(message: Message, now: datetime) -> tuple:
    return (
        message.pk,
        message.body,
        message.edited_at == now,
        message.recalled_at == now,
        message.first_digest,
    )
