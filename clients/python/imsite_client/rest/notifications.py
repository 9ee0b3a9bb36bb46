"""Notifications: sent by services, read by those who got them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from ..records import Notified, OwnNotification, Progress, Recipient, Record
from .transport import Transport


class _Recipients(Record, frozen=True):
    recipients: tuple[Recipient, ...]
    next: str | None = None


class _Unread(Record, frozen=True):
    unread: int


class Notifications:
    def __init__(self, transport: Transport):
        self._transport = transport

    def send(
        self,
        title: str,
        *,
        users: Sequence[int | str] | None = None,
        conversations: Sequence[int] | None = None,
        everyone: bool | None = None,
        body: str | None = None,
        url: str | None = None,
        level: str | None = None,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Notified:
        """To users (ids or usernames), the members of conversations, or everyone. Sent once, however often it is called
        with the same `key`; without one, the call alone is safe, and a second call is a second notification."""
        to = {"users": users and list(users), "conversations": conversations and list(conversations)}
        words = {"title": title, "body": body, "url": url, "level": level, "data": data}
        said = {**to, "everyone": everyone, **words}
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._transport.call("POST", "notifications", Notified, body=said, headers=headers, repeatable=True)

    def get(self, notification: int) -> Progress:
        """How far one has come that one has sent."""
        return self._transport.get(f"notifications/{notification}", Progress, limit=1)

    def recipients(self, notification: int, *, limit: int = 500) -> Iterator[Recipient]:
        cursor = None
        while True:
            page = self._transport.get(f"notifications/{notification}", _Recipients, cursor=cursor, limit=limit)
            yield from page.recipients
            if page.next is None:
                return
            cursor = page.next

    def own(self, *, unread: bool | None = None, limit: int = 50) -> Iterator[OwnNotification]:
        """Those that came to oneself, newest first."""
        return self._transport.pages("me/notifications", OwnNotification, unread=unread, limit=limit)

    def read(self, ids: Sequence[int] = (), *, up_to: int | None = None) -> int:
        """Mark some as read, or all up to a seq; how many are unread then."""
        body = {"ids": list(ids) or None, "up_to": up_to}
        return self._transport.call("POST", "me/notifications/read", _Unread, body=body, repeatable=True).unread
