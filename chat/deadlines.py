"""When a connection has to go by itself: it lived long enough, or nobody is there any more."""

from collections.abc import Iterable
from random import uniform
from time import monotonic

from django.conf import settings

from .connection import Connection
from .protocol import Close


def leaves_at() -> float:
    """When a connection that begins now has lived long enough: not all that came together at the same time."""
    return monotonic() + settings.IM_LIFE_SECONDS * uniform(0.8, 1.2)  # noqa: S311


def end_overdue(connections: Iterable[Connection]) -> None:
    now = monotonic()
    soon = uniform(0, 2)  # noqa: S311
    for connection in connections:
        if now > connection.leaves_at:
            connection.end(Close.DRAINING, "This connection has lived long enough.", reconnect_after=soon)
        elif connection.heard is not None and now - connection.heard() > settings.IM_IDLE_SECONDS:
            connection.end(Close.NO_SIGN_OF_LIFE, "No sign of life.", reconnect_after=soon)
