"""Searching what was said: in the conversations that one is in, or for the admin in all of them. Newest first."""

from dataclasses import dataclass

from django.db.models import BooleanField, F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from messages_store import words
from messages_store.drafts import check_text
from messages_store.errors import Invalid
from messages_store.models import Conversation, Message
from messages_store.sql import is_postgresql

from .conversations import require_member
from .named import KIND as SYSTEM

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
    messages = _placed(Message.objects.filter(recalled_at=None).exclude(kind=SYSTEM))
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


def saying(*, messages: QuerySet, text: str) -> QuerySet:
    """Those of these messages that say this in any conversation, newest first. None where the text has no word."""
    phrases = words.phrases(text)
    if not phrases:
        return messages.none()
    spoken = _placed(messages.filter(conversation__isnull=False))
    return (_indexed if is_postgresql() else _matching)(spoken, phrases).order_by("-place")


def _placed(messages: QuerySet) -> QuerySet:
    """With a place to order them by that is not the key itself: else PostgreSQL might walk by the key through all that
    was ever said, looking for the first match."""
    return messages.annotate(place=F("pk") + 0)


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
    if 0 < len(where) <= MOST_NAMED:
        named = " | ".join(f"'#{conversation}'" for conversation in where)
        return _indexed(messages, phrases, " && %s::tsquery", named)
    return _indexed(messages.filter(conversation__in=where), phrases)


def _indexed(messages: QuerySet, phrases: list[words.Phrase], more: str = "", *parameters: str) -> QuerySet:
    query = " & ".join(phrase.as_tsquery() for phrase in phrases)
    found = RawSQL(  # noqa: S611 (constants; the rest are parameters)
        "conversation_id IS NOT NULL AND "
        f"messages_store_words(body, conversation_id) @@ (to_tsquery('pg_catalog.simple', %s){more})",
        [query, *parameters],
        output_field=BooleanField(),
    )
    return messages.filter(found)


def _by_pattern(messages: QuerySet, phrases: list[words.Phrase], where: list[int]) -> QuerySet:
    return _matching(messages.filter(conversation__in=where), phrases)


def _matching(messages: QuerySet, phrases: list[words.Phrase]) -> QuerySet:
    """By looking at each message, where there is no such index."""
    patterns = Q()
    for phrase in phrases:
        patterns &= Q(body__iregex=phrase.as_pattern())
    return messages.filter(patterns)
