"""Who is typing: told to the others of the conversation, now and then."""

import asyncio
import logging
from math import inf
from time import monotonic

from django.conf import settings

from . import protocol
from .bells import Bells
from .database import Threads, Unavailable
from .services import presence

logger = logging.getLogger(__name__)

EVERY = 3.0  # seconds between two hints of one writer in one conversation
KEPT = 10_000  # writers that are remembered before the past ones are forgotten


class Typists:
    """Gathers who types, and rings at the others. A stranger's typing is told to nobody."""

    def __init__(self, *, bells: Bells, threads: Threads):
        self._bells = bells
        self._threads = threads
        self._told: dict[tuple[int, int], float] = {}
        self._due: set[tuple[int, int]] = set()
        self._wake = asyncio.Event()

    def types(self, user_id: int, conversation_id: int) -> None:
        now, key = monotonic(), (user_id, conversation_id)
        if now - self._told.get(key, -inf) < EVERY:
            return
        if len(self._told) >= KEPT:
            self._told = {key: at for key, at in self._told.items() if now - at < EVERY}
        self._told[key] = now
        self._due.add(key)
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(settings.IM_GATHER_SECONDS)
            self._wake.clear()
            due, self._due = self._due, set()
            try:
                await self._tell(due)
            except Unavailable:
                pass  # it is only a hint
            except Exception:
                logger.exception("Telling who types failed")

    async def _tell(self, due: set[tuple[int, int]]) -> None:
        found = await self._threads.run(presence.listeners, typing=due, at_most=settings.IM_MARKS_MEMBERS)
        hints: dict[int, list[str]] = {}
        for (user_id, conversation_id), others in found.items():
            frame = protocol.build(protocol.Typing(conversation_id, user_id))
            for other in others:
                hints.setdefault(other, []).append(frame)
        self._bells.hint(hints)
