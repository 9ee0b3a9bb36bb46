"""The socket that comes back: events in order and once, what is said until it is accepted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any, Self
from uuid import NAMESPACE_URL, uuid4, uuid5

from .backoff import Backoff
from .frames import Hint, Welcome
from .intake import Resync
from .outbox import Sent
from .records import Account, Event
from .session import Session
from .store import Draft, MemoryStore, Store

logger = logging.getLogger("imsite_client")


class Socket:
    """`async with Socket("https://chat.example.com", token) as socket: async for event in socket: …`

    What you get are events and, seldom, a Resync. One counts as handled when you ask for the next: its place is written
    to `store`, then acknowledged. When your code raises, or the process dies, it comes again. What oneself wrote is
    left out unless `own`.

    `send` keeps a message in `store` until the server has accepted or refused it, and sends it again after each
    reconnect, in the order of its conversation; with `in_flight` above 1 more of them are on their way at a time,
    and one that the server was too busy for may be overtaken.

    `base_url` may be several, of nodes without a balancer. After `heartbeat` seconds of silence it pings. A clean exit
    waits `linger` seconds for the outbox to empty.
    """

    def __init__(
        self,
        base_url: str | Sequence[str],
        token: str,
        *,
        store: Store | None = None,
        device: str = "bot",
        kind: str = "bot",
        own: bool = False,
        on_hint: Callable[[Hint], None] | None = None,
        in_flight: int = 1,
        heartbeat: float = 20.0,
        ack_after: float = 0.05,
        linger: float = 5.0,
        backoff: Backoff | None = None,
    ):
        addresses = [base_url] if isinstance(base_url, str) else base_url
        self._session = Session(
            cycle([address(one) for one in addresses]),
            {"Authorization": f"Token {token}"},
            store=store if store is not None else MemoryStore(),
            device={"id": device, "kind": kind},
            own=own,
            on_hint=on_hint,
            in_flight=in_flight,
            heartbeat=heartbeat,
            ack_after=ack_after,
            backoff=backoff or Backoff(),
        )
        self._linger = linger
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._session.load()
        self._keeping = asyncio.create_task(self._session.keep())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is None and self._session.failure is None:
            with suppress(TimeoutError):
                await self.emptied(self._linger)
        if len(self._session.outbox):
            logger.warning("%d messages were not accepted yet", len(self._session.outbox))
        await self._session.finish()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    # What comes

    async def __aiter__(self) -> AsyncIterator[Event | Resync]:
        while (item := await self._session.next()) is not None:
            yield item
            await self._session.handled(item)

    async def handled(self, item: Event | Resync) -> None:
        """It was; for who leaves the loop with it."""
        await self._session.handled(item)

    async def ready(self) -> Welcome:
        """Wait until there was a connection."""
        return await self._session.ready()

    @property
    def user(self) -> Account:
        """Who one is, as of the first connection."""
        if self._session.welcome is None:
            raise RuntimeError("nobody was welcomed yet: wait for ready()")
        return self._session.welcome.user

    # What goes out

    async def send(
        self,
        body: str,
        *,
        conversation: int | None = None,
        to: int | None = None,
        kind: str = "text",
        data: Mapping[str, Any] | None = None,
        reply_to: int | None = None,
        client_id: str | None = None,
    ) -> Sent:
        """Say something in a conversation, or to a user. Returns when it is safe in the store."""
        if self._session.failure is not None:
            raise self._session.failure
        draft = Draft(
            client_id=client_id or str(uuid4()),
            body=body,
            conversation=conversation,
            to=to,
            kind=kind,
            data=dict(data) if data is not None else None,
            reply_to=reply_to,
        )
        await self._session.store.add(draft)
        sent = self._session.outbox.add(draft)
        self._session.talker.wake()
        return sent

    async def answer(self, event: Event, body: str, *, name: str = "answer") -> Sent:
        """Say something to an event, once: should the event come again, this is the same message, not a second one.

        What was said first stands. Several answers to one event need names.
        """
        if event.message.conversation is None:
            raise ValueError("nobody hears an answer to a notification")
        client_id = str(uuid5(NAMESPACE_URL, f"imsite:{self.user.id}/{event.message.id}/{event.type}/{name}"))
        return await self.send(body, conversation=event.message.conversation, client_id=client_id)

    async def emptied(self, within: float | None = None) -> None:
        """Wait until everything that was said is accepted or refused."""
        async with asyncio.timeout(within):
            await self._session.emptied()

    def read(self, conversation: int, number: int) -> None:
        """Everything in the conversation up to `number` was read."""
        self._session.talker.read(conversation, number)

    async def typing(self, conversation: int) -> None:
        await self._session.talker.say("typing", conversation=conversation)

    async def watch(self, users: Sequence[int]) -> None:
        """Hear of the presence of these (at most 200), as hints. Replaces the last ones."""
        await self._session.talker.watch(users)


def address(base_url: str) -> str:
    """Where the socket is."""
    scheme, _, rest = base_url.rstrip("/").partition("://")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if scheme not in schemes or not rest:
        raise ValueError(f"{base_url!r} is no address like https://chat.example.com")
    return f"{schemes[scheme]}://{rest}/ws/v1/"
