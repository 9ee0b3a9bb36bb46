"""Searching what people said."""

from django.db.models import QuerySet


def containing(*, messages: QuerySet, text: str) -> QuerySet:
    """Those of these messages in whose text each of these words stands."""
    for word in text.replace("\0", "").split():
        messages = messages.filter(body__icontains=word)
    return messages
