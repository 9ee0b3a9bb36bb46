"""A conversation as its people read it, page by page."""

from dataclasses import dataclass

from messages_store.models import Conversation, Message

from .data import as_text

PAGE = 100  # messages


@dataclass(frozen=True, slots=True)
class Transcript:
    """Messages in their order; the numbers before and after which there are more, or None."""

    messages: list[Message]
    before: int | None
    after: int | None


def transcript(conversation: Conversation, *, before: int | None, after: int | None) -> Transcript:
    """The first ones after a number, or the last ones before one; without either, the last there are."""
    said = Message.objects.filter(conversation=conversation).select_related("sender", "reply_to")
    if after is not None:
        page = list(said.filter(number__gt=after).order_by("number")[:PAGE])
    else:
        older = said.filter(number__lt=before) if before is not None else said
        page = list(older.order_by("-number")[:PAGE])[::-1]
    for message in page:
        message.data_as_text = as_text(message.data)
    first, last = (page[0].number, page[-1].number) if page else (1, conversation.last_number)
    return Transcript(page, first if first > 1 else None, last if last < conversation.last_number else None)
