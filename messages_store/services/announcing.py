"""A group under its lock, and what is said of each change to it: a system message, in the change's own transaction."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from messages_store.errors import Forbidden, NoSuchConversation, RateLimited
from messages_store.events import Event, as_json, describe
from messages_store.models import Conversation, Member

from . import inboxes, rows
from .named import KIND

Events = dict[int, list[Event]]  # what to ring, by recipient


@dataclass(slots=True)
class Group:
    """A group that nobody else changes until the commit. `members` are the present ones by user, the oldest first."""

    id: int
    title: str
    last_number: int
    now: datetime
    members: dict[int, Member]


def lock(*, actor_id: int, conversation_id: int) -> tuple[Group, Member]:
    """The group under its lock, and who wants to change it: a member, or the error that tells nothing."""
    numbers, now = rows.lock_conversations([conversation_id])
    present = Member.objects.present().filter(conversation=conversation_id).select_related("user")
    members = {member.user_id: member for member in present.order_by("joined_at", "pk")}
    if actor_id not in members:
        raise NoSuchConversation
    conversation = Conversation.objects.get(pk=conversation_id)
    if conversation.kind != Conversation.Kind.GROUP:
        raise Forbidden(_("Only groups can be changed."))
    return Group(conversation_id, conversation.title, numbers[conversation_id], now, members), members[actor_id]


def announce(
    *, group: Group, actor: Member, write: Callable[[], None], body: str, data: dict, to: Collection[int]
) -> Events:
    """Lock the inboxes of all who are to know (`to`), write the change, and say it in the group.

    In this order: who has somebody's inbox may be writing that one's membership. A change counts among what its actor
    sends in a minute; and who changes a group has read it.
    """
    boxes = inboxes.lock(to)
    wait = boxes[actor.user_id].wait_to_send(group.now)
    if wait:
        raise RateLimited(retry_after=wait)
    write()
    group.last_number += 1
    data = {"event": data["event"], "actor": actor.user_id, **data}
    writes = rows.Writes(boxes=boxes)
    writes.messages.append((group.id, group.last_number, None, None, KIND, body, data, None))
    writes.numbers[group.id] = group.last_number
    writes.own[group.id, actor.user_id] = group.last_number
    seqs = {}
    for user_id, box in boxes.items():
        seqs[user_id] = box.append(own=False)
        writes.deliveries.append((user_id, seqs[user_id], group.id, group.last_number, False))
    ids = rows.write(writes, group.now)
    message = as_json(_describe(group, ids[group.id, group.last_number], body, data))
    return {user_id: [Event(seq, "message", message)] for user_id, seq in seqs.items()}


def _describe(group: Group, message_id: int, body: str, data: dict) -> dict:
    return describe(
        id=message_id,
        conversation_id=group.id,
        number=group.last_number,
        sender_id=None,
        kind=KIND,
        body=body,
        data=data,
        client_id=None,
        created_at=group.now,
    )
