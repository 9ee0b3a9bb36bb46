"""The life of a node on any ASGI server: there before the first request, and polite at the end.

ASGI tells an application that it ends only after the server has cut its connections, so nobody would hear `bye`. But
servers learn of their end by a signal. Here it is caught before them, the node says bye, and then they are told.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from django.conf import settings

from . import runtime

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
Handler = Callable[[int, FrameType | None], object]


async def lifespan(scope: dict, receive: Callable[[], Awaitable[dict]], send: Callable) -> None:
    """ASGI's lifespan protocol. Servers without it (Daphne) do the same by themselves: chat/server.py."""
    await receive()  # lifespan.startup
    node = runtime.current(address=socket.gethostname())
    with politely(node) as ending:
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
    await node.stop(within=0 if ending.has_begun else settings.IM_DRAIN_SECONDS)  # not as long once more
    await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def politely(node: runtime.Runtime) -> Iterator["Ending"]:
    """Meanwhile, the first signal that would end the server drains the node before the server gets it."""
    ending = Ending(node)
    try:
        ending.stand_before_the_server()
    except ValueError:  # not in the main thread: whoever runs the server there ends it in another way
        logger.warning("This server runs in a thread: who is connected when it stops will not hear bye")
    try:
        yield ending
    finally:
        ending.step_aside()


class Ending:
    """Hears the signals that are for the server."""

    def __init__(self, node: runtime.Runtime):
        self._node = node
        self._loop = asyncio.get_running_loop()
        self._theirs: dict[int, Handler | int | None] = {}
        self._draining: asyncio.Task | None = None

    @property
    def has_begun(self) -> bool:
        return self._draining is not None

    def stand_before_the_server(self) -> None:
        for number in SIGNALS:
            self._theirs[number] = signal.signal(number, self._on_signal)

    def step_aside(self) -> None:
        for number, handler in self._theirs.items():
            signal.signal(number, handler)
        self._theirs.clear()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._hear, number)

    def _hear(self, number: int) -> None:
        """The first one lets the node finish what it has begun, the second ends it."""
        if self._draining is None:
            logger.info("Stopping: at most %s s", settings.IM_DRAIN_SECONDS)
            self._draining = self._loop.create_task(self._drain(number))
        else:
            self._tell_the_server(number)

    async def _drain(self, number: int) -> None:
        try:
            await self._node.finish_within(settings.IM_DRAIN_SECONDS)
        finally:
            self._tell_the_server(number)

    def _tell_the_server(self, number: int) -> None:
        self.step_aside()
        signal.raise_signal(number)
