"""Searching what was said in the conversations that one is in, newest first."""

from dataclasses import dataclass

from django.db.models import BooleanField, F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from messages_store import words
from messages_store.drafts import check_text
from messages_store.errors import Invalid
from messages_store.models import Conversation, Message
from messages_store.sql import is_postgresql

from .announcing import KIND as SYSTEM
from .conversations import require_member

# Conversations that the index is asked for by name, which is exact. Of more, what others said is left out after.
MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first. `next` is the cursor of the next page."""

    results: list[Message]
    next: str | None


def search(
    *,
    user_id: int,
    text: str,
    limit: int,
    cursor: str | None = None,
    conversation_id: int | None = None,
    before: int | None = None,
    after: int | None = None,
) -> Page:
    """One page of the messages that say this: in all conversations that the user is in now, or in one of them.

    `before` and `after` are numbers in that one. What the system said is not searched, nor what was recalled.
    """
    check_text(text)
    phrases = words.phrases(text)
    if not phrases:
        raise Invalid(_("Say what to look for."))
    where = _where(user_id, conversation_id)
    # Not the key itself, or PostgreSQL might walk by it through all that others said, looking for the first match.
    messages = Message.objects.annotate(place=F("pk") + 0).filter(recalled_at=None).exclude(kind=SYSTEM)
    if before is not None:
        messages = messages.filter(number__lt=before)
    if after is not None:
        messages = messages.filter(number__gt=after)
    if cursor is not None:
        messages = messages.filter(place__lt=_place(cursor))
    matching = (_by_index if is_postgresql() else _by_pattern)(messages, phrases, where)
    found = list(matching.order_by("-place")[: limit + 1])
    shown = found[:limit]
    return Page(shown, str(shown[-1].pk) if len(found) > limit else None)


def _where(user_id: int, conversation_id: int | None) -> list[int]:
    if conversation_id is None:
        return list(Conversation.objects.of(user_id).values_list("pk", flat=True))
    return [require_member(user_id=user_id, conversation_id=conversation_id).conversation_id]


def _place(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise Invalid(_("This is not a cursor of this list."))
    return int(cursor)


def _by_index(messages: QuerySet, phrases: list[words.Phrase], where: list[int]) -> QuerySet:
    """By the index of words, which knows each message's conversation as a word too."""
    match, parameters = "to_tsquery('pg_catalog.simple', %s)", [" & ".join(p.as_tsquery() for p in phrases)]
    if 0 < len(where) <= MOST_NAMED:
        match += " && %s::tsquery"
        parameters.append(" | ".join(f"'#{conversation}'" for conversation in where))
    else:
        messages = messages.filter(conversation__in=where)
    found = RawSQL(  # noqa: S611 (constants; the rest are parameters)
        f"conversation_id IS NOT NULL AND messages_store_words(body, conversation_id) @@ ({match})",
        parameters,
        output_field=BooleanField(),
    )
    return messages.filter(found)


def _by_pattern(messages: QuerySet, phrases: list[words.Phrase], where: list[int]) -> QuerySet:
    """By looking at each message, where there is no such index."""
    matching = Q()
    for phrase in phrases:
        matching &= Q(body__iregex=phrase.as_pattern())
    return messages.filter(matching, conversation__in=where)
