"""Searching what people said, for the list of messages. The one place to change where there is an index for it."""

from django.db.models import QuerySet


def containing(messages: QuerySet, text: str) -> QuerySet:
    """Those of these messages in whose text each of these words stands."""
    for word in text.replace("\0", "").split():
        messages = messages.filter(body__icontains=word)
    return messages
