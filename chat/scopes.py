"""Which frames a token may send. What is named nowhere here changes conversations, and needs the scope for that."""

from collections.abc import Collection

from messages_store.errors import OutOfScope
from messages_store.scopes import CONVERSATIONS_WRITE, INBOX_READ, USERS_READ, allows

from . import protocol

# A socket gives the inbox to whoever may open it, and these belong to having one.
WITH_THE_SOCKET = (protocol.Hello, protocol.Ack, protocol.Ping, protocol.Idle, protocol.NotificationsRead)


def may_connect(granted: Collection[str]) -> bool:
    return allows(granted, INBOX_READ)


def refusal(granted: Collection[str], kind: type[protocol.Frame]) -> OutOfScope | None:
    """Why these scopes do not allow frames of this type, or None."""
    if kind in WITH_THE_SOCKET:
        return None
    wanted = USERS_READ if kind is protocol.Watch else CONVERSATIONS_WRITE
    return None if allows(granted, wanted) else OutOfScope(wanted)
