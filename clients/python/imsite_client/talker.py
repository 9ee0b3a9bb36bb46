"""What one connection says: the outbox in its order, acks and read marks gathered for a moment."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic

import msgspec

from .connection import Connection
from .errors import ImsiteError, TooLarge
from .frames import Welcome, build
from .outbox import Outbox

logger = logging.getLogger("imsite_client")


class Talker:
    """`refuse` hears of drafts that no connection could take. Everything here outlives connections but `talk`."""

    def __init__(
        self, outbox: Outbox, *, ack_after: float, refuse: Callable[[str, ImsiteError], Awaitable[None]]
    ) -> None:
        self._outbox = outbox
        self._ack_after = ack_after
        self._refuse = refuse
        self._news = asyncio.Event()
        self._handled = self._acked = 0
        self._ack_due: float | None = None
        self._window = 1
        self._reads: dict[int, int] = {}  # conversation → number
        self._untold: set[int] = set()  # conversations whose read mark this connection has not heard
        self._watched: list[int] | None = None
        self._connection: Connection | None = None

    def wake(self) -> None:
        """There is something to say."""
        self._news.set()

    def handled(self, seq: int) -> None:
        """Everything up to `seq` was handled: it may be acknowledged, in a moment, or now where the window fills."""
        self._handled = seq
        if seq > self._acked:
            soon = 0.0 if seq - self._acked >= self._window / 2 else self._ack_after
            due = monotonic() + soon
            self._ack_due = due if self._ack_due is None else min(due, self._ack_due)
            self.wake()

    def again(self, seq: int) -> None:
        """`seq` came once more. It fills the server's window all the same."""
        self._acked = min(self._acked, seq - 1)
        self.handled(self._handled)

    def read(self, conversation: int, number: int) -> None:
        if number > self._reads.get(conversation, 0):
            self._reads[conversation] = number
            self._untold.add(conversation)
            self.wake()

    async def watch(self, users: Sequence[int]) -> None:
        self._watched = list(users)
        await self.say("watch", users=self._watched)

    async def say(self, type: str, **fields: object) -> None:
        """Something that may get lost."""
        if self._connection is not None:
            await self._connection.send(type, **fields)

    async def talk(self, connection: Connection, welcome: Welcome) -> None:
        """For as long as the connection lasts. What may have been lost with the last one is said again."""
        self._connection = connection
        self._window, self._acked = welcome.limits.window, 0
        self._untold = set(self._reads)
        self._outbox.reconnected()
        self.handled(self._handled)
        try:
            if self._watched is not None:
                await self.say("watch", users=self._watched)
            while True:
                self._news.clear()
                await self._deliver(connection, welcome.limits.frame_bytes)
                await self._tell()
                await self._wait()
        finally:
            self._connection = None

    async def flush(self) -> None:
        """Say now what was gathered."""
        self._ack_due = 0.0
        if self._connection is not None:
            await self._tell()

    async def _deliver(self, connection: Connection, frame_bytes: int) -> None:
        for draft in self._outbox.take(monotonic()):
            text = build("send", **msgspec.structs.asdict(draft))
            if len(text.encode()) > frame_bytes:  # the server would end this connection, and every next one
                await self._refuse(draft.client_id, TooLarge(f"A frame has at most {frame_bytes} bytes."))
                self.wake()  # for those behind
            else:
                await connection.send_text(text)

    async def _tell(self) -> None:
        if self._ack_due is not None and self._ack_due <= monotonic():
            self._ack_due = None
            if self._handled > self._acked:
                self._acked = self._handled
                await self.say("ack", seq=self._acked)
        while self._untold:
            conversation = self._untold.pop()
            await self.say("read", conversation=conversation, number=self._reads[conversation])

    async def _wait(self) -> None:
        turns = [turn for turn in (self._outbox.next_turn(), self._ack_due) if turn is not None]
        pause = max(0.0, min(turns) - monotonic()) if turns else None
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._news.wait()
