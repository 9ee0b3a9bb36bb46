"""Telling the others how far somebody has come in a conversation."""

from collections.abc import Iterable

from django.conf import settings

from messages_store import events

from . import reading
from .receipts import Mark


def hints(*, marks: Iterable[Mark]) -> dict[int, list[str]]:
    """The `marks` frames for the other parties, by user. Large conversations (IM_MARKS_MEMBERS) get none."""
    moved: dict[tuple[int, int], dict[str, int]] = {}
    for mark in marks:
        numbers = {"sent": mark.sent, "read": mark.read}
        fields = moved.setdefault((mark.conversation, mark.user), {})
        fields.update({name: number for name, number in numbers.items() if number is not None})
    conversations = [conversation for conversation, _ in moved]
    people = reading.member_ids(conversation_ids=conversations, at_most=settings.IM_MARKS_MEMBERS)
    found: dict[int, list[str]] = {}
    for (conversation, user_id), fields in moved.items():
        frame = events.marks(conversation=conversation, user=user_id, **fields)
        for other in people.get(conversation, ()):
            if other != user_id:
                found.setdefault(other, []).append(frame)
    return found
