"""Work that is done after its commit: by whoever asked for it, or where that one is gone, by the worker."""

import logging
from collections.abc import Callable
from functools import partial

from django.db import InterfaceError, OperationalError, connection, transaction

from .models import Notification
from .notices import Notice
from .ringing import ring_after_commit
from .services import notifying

logger = logging.getLogger(__name__)


def notify_after_commit(*, sender_id: int | None, notice: Notice, key: str | None = None) -> Notification:
    """Store a notification within the caller's transaction; it is delivered after that transaction's commit.

    Not within it: the recipients' inboxes would stay locked until the caller commits, and whoever writes to one of them
    would wait as long; and two callers who notify several people in different orders would deadlock.
    """
    notification = notifying.store(sender_id=sender_id, notice=notice, key=key)
    if notification.finished_at is None and notification.total <= notifying.CHUNK:
        transaction.on_commit(partial(serve, notification.pk), robust=True)
    return notification


def serve(notification_id: int) -> int:
    """Serve the next recipients of a notification, and ring; how many there were. What fails is tried again later."""
    try:
        events = notifying.fan_out(notification_id=notification_id) or {}
    except (OperationalError, InterfaceError) as error:
        logger.warning("Notification %s has to wait: %s", notification_id, str(error).strip())
        connection.close_if_unusable_or_obsolete()
        return 0
    ring_after_commit(events)
    return len(events)


def work(between: Callable[[], None] = lambda: None) -> int:
    """One step for each notification that waits, so that none waits for all of another; how many were served.

    `between` is called after each of them.
    """
    try:
        waiting = notifying.unfinished()
    except (OperationalError, InterfaceError) as error:
        logger.warning("The store does not answer: %s", str(error).strip())
        connection.close_if_unusable_or_obsolete()
        return 0
    served = 0
    for notification_id in waiting:
        served += _serve_or_log(notification_id)
        between()
    return served


def _serve_or_log(notification_id: int) -> int:
    try:
        return serve(notification_id)
    except Exception:
        logger.exception("Notification %s fails", notification_id)  # and the others must go out all the same
        return 0
