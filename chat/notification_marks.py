"""Which notifications were read, as devices say it over the socket: gathered for a moment, stored, and told."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from messages_store.events import notifications_read
from messages_store.services import notifications

from .bells import Bells
from .database import Threads, Unavailable
from .protocol import MOST_READ

logger = logging.getLogger(__name__)

AGAIN = 1  # seconds after which the store is asked again when it was away


@dataclass(slots=True)
class Marks:
    """What one user has read."""

    ids: set[int] = field(default_factory=set)
    up_to: int = 0

    def add(self, ids: Iterable[int], up_to: int | None) -> None:
        """While the store is away, no more than a few frames' worth is kept; a client will mark again."""
        if len(self.ids) <= 10 * MOST_READ:
            self.ids.update(ids)
        self.up_to = max(self.up_to, up_to or 0)


class NotificationMarks:
    """Stores these marks, and tells each user's devices."""

    def __init__(self, *, threads: Threads, bells: Bells):
        self._threads = threads
        self._bells = bells
        self._waiting: dict[int, Marks] = {}
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    def read(self, *, user_id: int, ids: Iterable[int], up_to: int | None) -> None:
        if user_id in self._waiting or len(self._waiting) < settings.IM_QUEUE:
            self._waiting.setdefault(user_id, Marks()).add(ids, up_to)
            self.idle.clear()
            self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(settings.IM_GATHER_SECONDS)
            waiting, self._waiting = self._waiting, {}
            for user_id, marks in waiting.items():
                if not await self._store(user_id, marks):
                    self.read(user_id=user_id, ids=marks.ids, up_to=marks.up_to)
            if self._waiting:
                await asyncio.sleep(AGAIN)
            else:
                self.idle.set()

    async def _store(self, user_id: int, marks: Marks) -> bool:
        """False where the store is away."""
        try:
            read = await self._threads.run(
                notifications.read, user_id=user_id, ids=marks.ids, up_to=marks.up_to or None
            )
        except Unavailable:
            return False
        except Exception:
            logger.exception("Storing what user %s has read failed", user_id)
            return True
        frame = notifications_read(ids=read.ids, up_to=read.up_to, unread=read.unread)
        self._bells.hint({user_id: [frame]})
        return True
