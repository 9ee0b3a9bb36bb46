from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class MessagesStoreConfig(AppConfig):
    """What lasts: people, conversations, messages, inboxes, and the faces that need no socket."""

    name = "messages_store"
    verbose_name = "Messages"

    def ready(self) -> None:
        pre_migrate.connect(_without_hurry, sender=self)
        post_migrate.connect(_as_before, sender=self)


def _without_hurry(using: str, **_) -> None:
    """A migration of many rows takes as long as it takes. For its locks it waits no longer than anybody."""
    _say(using, "SET statement_timeout = 0")


def _as_before(using: str, **_) -> None:
    _say(using, "RESET statement_timeout")


def _say(using: str, statement: str) -> None:
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement)
