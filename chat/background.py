"""What a worker does, in a node that has none beside it: the embedded default is one process."""

import asyncio
import logging
from contextlib import suppress

from django.conf import settings

from messages_store.shift import Shift

from .database import Threads, Unavailable

logger = logging.getLogger(__name__)

ENDING = 2  # seconds for reminders that are on their way when the node stops


def is_ours() -> bool:
    """Whether this node does it itself. Where there is Redis there are several, and `manage.py worker` beside them."""
    return not settings.REDIS_URLS


class Background:
    """Looks for work and does it, step by step, in a thread of its own."""

    def __init__(self, *, threads: Threads):
        self._threads = threads
        self._shift = Shift()

    async def run(self) -> None:
        while is_ours():
            served = 0
            try:
                with suppress(Unavailable):
                    served = await self._threads.run(self._shift.step)
            except Exception:
                logger.exception("Work in the background failed")
            if not served:
                await asyncio.sleep(settings.IM_WORK_SECONDS)

    async def end(self) -> None:
        """Finish what was begun."""
        if is_ours():
            with suppress(Unavailable):
                await self._threads.run(self._shift.end, within=ENDING)
