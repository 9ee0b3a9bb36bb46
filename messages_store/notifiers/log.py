"""Reminders as lines in the log of whoever sends them: for development, and for what reads logs."""

import logging

from django.utils.translation import gettext_lazy as _

from .base import Notifier, Outgoing

logger = logging.getLogger(__name__)


class LogNotifier(Notifier):
    name = "log"
    title = _("In the log of this site")
    for_operators = True
    may_repeat = (
        "The line is written last before the commit of its outcome: a process that is killed before the commit is "
        "asked for, which takes microseconds, or on SQLite before it has ended, or whose commit fails, leaves a line "
        "that another one writes again, with the same id."
    )
    within_transaction = True

    def notify(self, outgoing: Outgoing) -> None:
        facts = {
            "id": outgoing.id,
            "user": outgoing.user_id,
            "messages": outgoing.messages,
            "conversations": outgoing.conversations,
            "notifications": sum(outgoing.notifications.values()),
            "number": outgoing.number,
        }
        logger.info(
            "Reminder %s for user %s: messages %s, conversations %s, notifications %s (%s)",
            *facts.values(),
            extra={name: value for name, value in facts.items() if name != "id"} | {"reminder": outgoing.id},
        )
