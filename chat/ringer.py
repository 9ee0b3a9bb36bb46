"""Rings for plain code: by the bells of a node in this process, or where there is none, by a thread of its own.

The thread lives as long as the process and keeps its own connection to the layer: to open one for each ring would take
milliseconds that a view or a command would wait.
"""

import asyncio
import atexit
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from channels.layers import get_channel_layer
from django.conf import settings

from messages_store.events import Event

from .bells import LAST_WORD, Bells

logger = logging.getLogger(__name__)


class Ringer:
    """What `messages_store.ringing` rings with. Any thread may call it."""

    def __init__(self):
        self._nodes: list[tuple[asyncio.AbstractEventLoop, Bells]] = []
        self._own = BellsThread()

    def lend(self, bells: Bells) -> None:
        """Bells of the running loop may be used from now on."""
        self._nodes.append((asyncio.get_running_loop(), bells))

    def take_back(self, bells: Bells) -> None:
        self._nodes = [(loop, lent) for loop, lent in self._nodes if lent is not bells]

    def ring(self, events: Mapping[int, Sequence[Event]]) -> None:
        self._do(lambda bells: bells.ring(events))

    def hint(self, frames: Mapping[int, Sequence[str]]) -> None:
        self._do(lambda bells: bells.hint(frames))

    def profile(self, frames: Mapping[int, str]) -> None:
        self._do(lambda bells: bells.tell_profiles(frames))

    def _do(self, what: Callable[[Bells], None]) -> None:
        for loop, bells in reversed(self._nodes):
            with suppress(RuntimeError):  # a loop that is closed
                loop.call_soon_threadsafe(what, bells)
                return
        self._own.do(what)


class BellsThread:
    """Bells in a thread and a loop of their own, begun with the first ring."""

    def __init__(self):
        self._beginning = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._bells: Bells
        self._running: asyncio.Future
        self._layer = None

    def do(self, what: Callable[[Bells], None]) -> None:
        try:
            with self._beginning:
                if self._thread is None or not self._thread.is_alive():  # none yet, or not in this fork
                    self._begin()
            self._loop.call_soon_threadsafe(what, self._bells)
        except RuntimeError as error:  # the interpreter is ending
            logger.warning("Nothing rings any more: %s", error)

    def _begin(self) -> None:
        begun = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=[self._run(begun)], name="ringer", daemon=True)
        self._thread.start()
        begun.wait()
        atexit.unregister(self.finish)
        atexit.register(self.finish)

    async def _run(self, begun: threading.Event) -> None:
        self._loop, self._layer = asyncio.get_running_loop(), get_channel_layer()
        self._bells = Bells(layer=self._layer, hear=lambda message: None)
        running = self._running = asyncio.ensure_future(self._bells_run())
        begun.set()
        with suppress(asyncio.CancelledError):
            await running

    async def _bells_run(self) -> None:
        await self._connected()
        await self._bells.run()

    async def _connected(self) -> None:
        """Wait for the layer's first connection, so that the first ring is not lost; not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.IM_LAYER_SECONDS):
                while hasattr(self._layer, "ping") and not await self._layer.ping():  # noqa: ASYNC110
                    await asyncio.sleep(0.002)

    def finish(self) -> None:
        """Let what waits be rung before the process ends, but not for long where the layer is away; end the thread."""
        if not self._thread.is_alive():
            return
        with suppress(TimeoutError, RuntimeError):
            asyncio.run_coroutine_threadsafe(self._rung(), self._loop).result(settings.IM_LAYER_SECONDS + LAST_WORD)
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._running.cancel)
        self._thread.join(LAST_WORD)

    async def _rung(self) -> None:
        while not self._bells.idle or not getattr(self._layer, "settled", True):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


ringer = Ringer()
