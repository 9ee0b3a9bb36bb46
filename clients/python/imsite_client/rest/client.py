"""The door to REST."""

from collections.abc import Iterator, Sequence
from typing import Self
from urllib.parse import urljoin

import httpx

from ..records import Account, Presence, Record, Ticket
from .conversations import Conversations
from .inbox import Inbox
from .messages import Messages
from .notifications import Notifications
from .transport import Retries, Transport

TIMEOUT = httpx.Timeout(15.0, connect=5.0)  # seconds


class _Presences(Record, frozen=True):
    results: tuple[Presence, ...]


class Client:
    """`with Client("https://chat.example.com", token) as client: client.notifications.send(…)`

    `timeout` in seconds, for each attempt. Calls that may be made twice are made again when no answer came, and all
    are when the server says `rate_limited`; `retries` says how often. `transport` puts something else in the
    network's place, as httpx names it. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float | httpx.Timeout = TIMEOUT,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ):
        self._http = httpx.Client(
            base_url=urljoin(base_url.rstrip("/") + "/", "api/v1/"),
            headers={"Authorization": f"Token {token}", "Accept": "application/json"},
            timeout=timeout,
            transport=transport,
        )
        self._transport = Transport(self._http, retries or Retries())
        self.conversations = Conversations(self._transport)
        self.messages = Messages(self._transport)
        self.notifications = Notifications(self._transport)
        self.inbox = Inbox(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def me(self) -> Account:
        return self._transport.get("me", Account)

    def users(self, q: str = "", *, limit: int = 50) -> Iterator[Account]:
        """Active users by a part of their name or username."""
        return self._transport.pages("users", Account, q=q or None, limit=limit)

    def presence(self, users: Sequence[int]) -> tuple[Presence, ...]:
        """How these are, at most 200; of strangers nothing is told."""
        return self._transport.get("presence", _Presences, users=",".join(map(str, users))).results

    def ticket(self) -> Ticket:
        """Opens one socket, for who can send no header."""
        return self._transport.call("POST", "tickets", Ticket, repeatable=True)
