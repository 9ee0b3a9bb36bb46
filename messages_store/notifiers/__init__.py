"""The ways to remind somebody, each in a file of its own. `load()` gives those that IM_NOTIFIERS names."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from .base import Notifier, NotifyError, Outgoing

__all__ = ["Notifier", "NotifyError", "Outgoing", "load"]

OURS = {
    "log": "messages_store.notifiers.log.LogNotifier",
    "email": "messages_store.notifiers.email.EmailNotifier",
    "webhook": "messages_store.notifiers.webhook.WebhookNotifier",
    "wechat": "messages_store.notifiers.wechat.WeChatNotifier",
    "webpush": "messages_store.notifiers.webpush.WebPushNotifier",
}


def load() -> dict[str, Notifier]:
    """The notifiers of IM_NOTIFIERS by their names, made once. What is no name of ours is a class' dotted path."""
    return dict(_loaded(tuple(settings.IM_NOTIFIERS)))


@cache
def _loaded(names: tuple[str, ...]) -> tuple[tuple[str, Notifier], ...]:
    made = [import_string(OURS.get(name, name))() for name in names]
    return tuple((notifier.name, notifier) for notifier in made)
