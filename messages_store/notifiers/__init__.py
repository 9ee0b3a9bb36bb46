"""The ways to remind somebody, each in a file of its own. `load()` gives those that IM_NOTIFIERS names."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from .base import DIGEST, Item, Notifier, NotifyError, Outgoing

__all__ = ["DIGEST", "Item", "NoNotifier", "Notifier", "NotifyError", "Outgoing", "load"]

OURS = {
    "log": "messages_store.notifiers.log.LogNotifier",
    "email": "messages_store.notifiers.email.EmailNotifier",
    "webhook": "messages_store.notifiers.webhook.WebhookNotifier",
    "wechat": "messages_store.notifiers.wechat.WeChatNotifier",
    "webpush": "messages_store.notifiers.webpush.WebPushNotifier",
}


class NoNotifier(Exception):
    """What IM_NOTIFIERS names is no notifier, or is one twice."""


def load() -> dict[str, Notifier]:
    """The notifiers of IM_NOTIFIERS by their names, made once. What is no name of ours is a class' dotted path."""
    return dict(_loaded(tuple(settings.IM_NOTIFIERS)))


@cache
def _loaded(names: tuple[str, ...]) -> tuple[tuple[str, Notifier], ...]:
    made: dict[str, Notifier] = {}
    for name in names:
        notifier = import_string(OURS.get(name, name))()
        if not isinstance(notifier, Notifier) or not notifier.name:
            raise NoNotifier(f"{name} is no messages_store.notifiers.Notifier with a name.")
        if notifier.name in made or notifier.name == DIGEST:
            raise NoNotifier(f"two are called {notifier.name}.")
        made[notifier.name] = notifier
    return tuple(made.items())
