from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class MessagesStoreConfig(AppConfig):
    """What lasts: people, conversations, messages, inboxes, and the faces that need no socket."""

    name = "messages_store"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from .checks import check_notifiers

        checks.register(check_notifiers)
