from django.apps import AppConfig


class MessagesStoreConfig(AppConfig):
    """What lasts: people, conversations, messages, inboxes, and the faces that need no socket."""

    name = "messages_store"
    verbose_name = "Messages"
