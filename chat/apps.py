from django.apps import AppConfig


class ChatConfig(AppConfig):
    """What is live: sockets, the node, the page."""

    name = "chat"
    verbose_name = "Chat"

    def ready(self) -> None:
        from messages_store import ringing

        from .ringer import ringer

        ringing.install(ringer)
