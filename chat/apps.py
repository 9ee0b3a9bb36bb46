from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """What is live: sockets, the node, the page."""

    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from messages_store import ringing

        from .ringer import ringer

        ringing.install(ringer)
