"""Writes who comes and who goes, in group commits: a node that 5,000 devices find at once needs a few transactions."""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from .bells import Bells
from .database import Threads, Unavailable
from .lease import Lease
from .protocol import Close
from .services import connections
from .services.connections import LeaseLost, Opening, Refusal

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What became of an opening: why there is no place for it, or the id of its device."""

    refusal: Refusal | None
    device: int | None = None


LEFT = Outcome(Refusal(Close.DRAINING, "It has left."))


class Waiting(NamedTuple):
    """An opening in the queue, and who waits for what becomes of it."""

    opening: Opening
    outcome: asyncio.Future


class Registrar:
    """Opens and closes connections in the database, and rings for whoever that concerns."""

    def __init__(self, *, threads: Threads, bells: Bells, lease: Lease):
        self._threads = threads
        self._bells = bells
        self._lease = lease
        self._opening: dict[str, Waiting] = {}
        self._closing: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        return len(self._opening) + len(self._closing)

    async def open(self, opening: Opening) -> Outcome:
        """Take a place. Raises Unavailable where the store is away."""
        outcome = asyncio.get_running_loop().create_future()
        self._opening[opening.id] = Waiting(opening, outcome)
        self._note()
        return await outcome

    def close(self, connection_id: str) -> None:
        """Give a place back; of an opening that is not written yet, nothing is."""
        waiting = self._opening.pop(connection_id, None)
        if waiting is None:
            self._closing[connection_id] = None
            self._note()
        else:
            answer(waiting.outcome, LEFT)

    def _note(self) -> None:
        self.idle.clear()
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._opening or self._closing:
                await self._open_some()
                await self._close_some()
            self.idle.set()

    # Opening

    async def _open_some(self) -> None:
        some = [self._opening.pop(id) for id in list(self._opening)[: settings.IM_BATCH]]
        some = [waiting for waiting in some if not waiting.outcome.done()]
        if not some:
            return
        try:
            outcomes = await self._store([waiting.opening for waiting in some])
        except Exception as error:
            if isinstance(error, Unavailable):  # nobody stands in line for a store that is away
                some += self._opening.values()
                self._opening.clear()
            elif not isinstance(error, LeaseLost):
                logger.exception("Opening %s connections failed", len(some))
            outcomes = [Unavailable()] * len(some)
        for waiting, outcome in zip(some, outcomes, strict=True):
            answer(waiting.outcome, outcome)

    async def _store(self, openings: Sequence[Opening]) -> list[Outcome]:
        node_id = await self._lease.hold()
        try:
            opened = await self._threads.run(connections.open, node_id=node_id, openings=openings)
        except LeaseLost:
            self._lease.lose(node_id)
            opened = await self._threads.run(connections.open, node_id=await self._lease.hold(), openings=openings)
        self._bells.end(opened.endings)
        self._bells.tell_presence({opening.user_id for opening in openings})
        return [
            Outcome(refusal, opened.devices.get(opening.id))
            for opening, refusal in zip(openings, opened.outcomes, strict=True)
        ]

    # Closing

    async def _close_some(self) -> None:
        some = list(self._closing)[: settings.IM_BATCH]
        if not some:
            return
        try:
            users = await self._threads.run(connections.close, connection_ids=some)
        except Unavailable:
            await asyncio.sleep(1)  # and again: nobody waits for it
            return
        except Exception:
            logger.exception("Closing %s connections failed", len(some))
            users = set()
        for id in some:
            self._closing.pop(id, None)
        self._bells.tell_presence(users)


def answer(waiting: asyncio.Future, outcome: Outcome | Exception) -> None:
    if waiting.done():
        return  # the client left meanwhile
    if isinstance(outcome, Exception):
        waiting.set_exception(outcome)
    else:
        waiting.set_result(outcome)
