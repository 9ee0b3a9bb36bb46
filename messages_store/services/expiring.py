"""Pruning of messages and notifications that are old enough, where that is asked for.

A message goes only after the inboxes have let go of it (see pruning), so no device misses an entry in the middle. Of a
conversation the first ones go: its numbers stay, and its history begins later.
"""

from collections.abc import Collection

from django.db import transaction

from messages_store.models import Conversation, Delivery, Message, Notification
from messages_store.sql import Statement, ids, moment

from . import rows
from .pruning import SCAN, Chunk, Cutoffs, Found

GOES = """
    coalesce(m.recalled_at, m.edited_at, m.created_at) < %(before)s
    AND NOT EXISTS (SELECT 1 FROM messages_store_delivery d WHERE d.message_id = m.id)"""
FIND = Statement(
    f"""
    SELECT c.id, (
      SELECT 1 FROM messages_store_message m
      WHERE m.conversation_id = c.id AND m.number = c.floor_number + 1 AND {GOES})
    FROM (SELECT * FROM messages_store_conversation WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c
    ORDER BY c.id"""  # noqa: S608 (constants of this module)
)
FIRST_TO_STAY = Statement(
    f"""
    SELECT c.id, c.floor_number, c.last_number, (
      SELECT m.number FROM messages_store_message m
      WHERE m.conversation_id = c.id AND m.number > c.floor_number AND m.number <= c.floor_number + %(most)s
      AND NOT ({GOES}) ORDER BY m.number LIMIT 1)
    FROM {{wanted}} JOIN messages_store_conversation c ON c.id = wanted.id""",  # noqa: S608 (constants of this module)
    wanted={"id": "bigint"},
)
FREE = Statement(
    """
    SELECT d.id FROM messages_store_delivery d JOIN messages_store_inbox i ON i.user_id = d.recipient_id
    WHERE d.message_id = %(message)s AND d.seq <= i.floor_seq LIMIT %(limit)s"""
)


def find_conversations(*, cutoffs: Cutoffs, after: int) -> Found:
    """Look through the next conversations, whether their first message goes."""
    found = FIND({}, after=after, limit=SCAN, before=moment(cutoffs.changed_before))
    return Found([id for id, goes in found if goes], found[-1][0] if len(found) == SCAN else None)


@transaction.atomic
def prune_conversations(*, conversation_ids: Collection[int], cutoffs: Cutoffs, limit: int) -> Chunk:
    """Delete the first messages of these that are old enough, at most so many; who writes there waits to the commit.

    Whoever answered one of them, answers nothing any more.
    """
    most = max(1, limit // len(conversation_ids))
    rows.lock_conversations(conversation_ids)
    done, more = 0, []
    found = FIRST_TO_STAY({"wanted": ids(conversation_ids)}, most=most, before=moment(cutoffs.changed_before))
    for id, floor, last, stays in sorted(found):
        upto = min(last, floor + most) if stays is None else stays - 1
        if upto > floor:
            Message.objects.filter(conversation=id, number__gt=floor, number__lte=upto).delete()
            Conversation.objects.filter(pk=id).update(floor_number=upto)
            done += upto - floor
            more += [id] if upto - floor == most else []
    return Chunk(done, more)


def find_notifications(*, cutoffs: Cutoffs, after: int) -> Found:
    """The next notifications that are old enough and have reached everybody."""
    old = Notification.objects.filter(pk__gt=after, created_at__lt=cutoffs.changed_before, finished_at__isnull=False)
    found = list(old.order_by("pk").values_list("pk", flat=True)[:SCAN])
    return Found(found, found[-1] if len(found) == SCAN else None)


def prune_notifications(*, notification_ids: Collection[int], cutoffs: Cutoffs, limit: int) -> Chunk:
    """Delete so many of their entries that are below the floor of their inbox, and those that are in none any more."""
    first, *others = notification_ids
    with transaction.atomic():
        if not Notification.objects.select_for_update().filter(pk=first).exists():
            return Chunk(0, others)
        entries = [id for (id,) in FREE({}, message=first, limit=limit)]
        Delivery.objects.filter(pk__in=entries).delete()
        if len(entries) == limit:
            return Chunk(0, [first, *others])
        if Delivery.objects.filter(message=first).exists():
            return Chunk(0, others)
        Message.objects.filter(pk=first).delete()
        return Chunk(1, others)
