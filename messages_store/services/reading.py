"""Reading: history by number, inboxes by seq, what is unread, where the heads are. No writes, no locks."""

from collections.abc import Iterable
from datetime import datetime

from messages_store.errors import NotFound
from messages_store.events import Event
from messages_store.models import Conversation, Delivery, Inbox, Message
from messages_store.sql import Statement, aware

from .conversations import require_member
from .resuming import Place, Standing, inbox_pages, standings


def history(
    *, user_id: int, conversation_id: int, before: int | None = None, after: int | None = None, limit: int = 50
) -> list[Message]:
    """A page of a conversation, ascending by number: the last `limit` before a number, or the first after one."""
    require_member(user_id=user_id, conversation_id=conversation_id)
    messages = Message.objects.filter(conversation=conversation_id)
    if before is not None:
        messages = messages.filter(number__lt=before)
    if after is not None:
        return list(messages.filter(number__gt=after).order_by("number")[:limit])
    return list(messages.order_by("-number")[:limit])[::-1]


def message(*, user_id: int, message_id: int) -> Message:
    """One message of a conversation that the user is in, or a notification to the user."""
    found = Message.objects.filter(pk=message_id).first()
    if found is None:
        raise NotFound
    if found.conversation_id is None:
        there = Delivery.objects.filter(message=found, recipient=user_id)
    else:
        there = Conversation.objects.of(user_id).filter(pk=found.conversation_id)
    if not there.exists():
        raise NotFound
    return found


def inbox_page(*, user_id: int, after: int, limit: int) -> list[Event] | None:
    """The entries of an inbox after a seq, in order; None where what comes next was pruned."""
    place = Place(user_id, after, limit)
    return inbox_pages(places=[place])[place]


def heads(*, user_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """The epoch and the head of each of these inboxes."""
    found = Inbox.objects.filter(pk__in=list(user_ids)).values_list("user", "epoch", "last_seq")
    return {user_id: (epoch, last_seq) for user_id, epoch, last_seq in found}


OLDEST_UNSENT = Statement(
    """
    SELECT MIN((
      SELECT m.created_at FROM messages_store_delivery d JOIN messages_store_message m ON m.id = d.message_id
      WHERE d.recipient_id = i.user_id AND d.seq > i.acked_seq AND d.status = 'unsent' ORDER BY d.seq LIMIT 1
    )), {now} FROM messages_store_inbox i WHERE i.acked_seq < i.last_seq"""
)


def oldest_unsent() -> tuple[float, datetime]:
    """How many seconds old the oldest delivery is that nobody acknowledged, or 0; and the database's time."""
    ((created_at, now),) = OLDEST_UNSENT({})
    created_at, now = aware(created_at), aware(now)
    return max(0.0, (now - created_at).total_seconds()) if created_at else 0.0, now


def standing(*, user_id: int) -> Standing:
    """Where a user's inbox is."""
    return standings(user_ids=[user_id])[user_id]
