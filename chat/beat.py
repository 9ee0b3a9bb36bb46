"""The node's pulse: it keeps the lease, notes what changed about connections, and finds what no ring told.

Half a beat apart: a connection whose end was asked for must close, and a node that died must be swept, well before
three beats and one more are over.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from random import uniform

from django.conf import settings

from messages_store.services import outages

from .connection import Connection
from .database import Threads, Unavailable
from .gaps import Gaps
from .lease import Lease
from .models.cluster import BEATS
from .protocol import Close
from .registrar import Registrar
from .services import connections, nodes
from .services.connections import REPLACED

logger = logging.getLogger(__name__)

REASONS = {Close.REPLACED: REPLACED.reason, Close.ENDED: "An administrator ended this connection."}


class Beat:
    """What a node does every few seconds for as long as it runs."""

    def __init__(
        self,
        *,
        threads: Threads,
        lease: Lease,
        registrar: Registrar,
        here: Callable[[], list[Connection]],
        counters: Callable[[], dict],
        tell_presence: Callable[[set[int]], None],
        look_again: Callable[[], None],
        gaps: Callable[[], list[Gaps]] = list,
    ):
        self._threads = threads
        self._lease = lease
        self._registrar = registrar
        self._here = here
        self._counters = counters
        self._tell_presence = tell_presence
        self._look_again = look_again
        self._gaps = gaps
        self._hurry = asyncio.Event()
        self._last = float("-inf")
        self._steady_since = float("inf")

    @property
    def is_steady(self) -> bool:
        """Whether others had time to beat since we can: after an outage of the store, all leases look lapsed.

        Who is late with its own beat does not know yet that there was one: a look may come before the beat.
        """
        now, long_enough = time.monotonic(), 1.5 * settings.IM_BEAT_SECONDS
        return now - self._last < long_enough < now - self._steady_since

    def hurry(self) -> None:
        """Something has changed that others should see soon."""
        self._hurry.set()

    async def run(self) -> None:
        while True:
            await self._do(self.beat, self.look)
            await self._pause()
            await self._do(self.look)
            await self._pause()

    async def _do(self, *steps: Callable) -> None:
        for step in steps:
            try:
                await step()
            except Unavailable:
                logger.warning("The store is away: node %s does not beat", settings.NODE_NAME)
                return
            except Exception:
                logger.exception("A beat failed")  # and the next one must come all the same

    async def _pause(self) -> None:
        """Half a beat, in which what is in a hurry is noted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.IM_BEAT_SECONDS / 2 * uniform(0.9, 1)):  # noqa: S311
                while True:
                    await self._hurry.wait()
                    await asyncio.sleep(settings.IM_GATHER_SECONDS)
                    self._hurry.clear()
                    await self._do(self._note)

    # The lease

    async def beat(self) -> None:
        """Keep the lease, and write what has changed: one statement each, however many connections there are."""
        began = time.monotonic()
        node_id = await self._lease.hold()
        if not await self._threads.run(nodes.beat, node_id=node_id, counters=self._counters()):
            self._lease.lose(node_id)
            await self._lease.hold()
        self._beaten(began)
        await self._bring_back()
        await self._note()
        if self.is_steady:
            self._look_again()
        await self._tell_gaps()

    def _beaten(self, began: float) -> None:
        """The store has our beat, which cannot be older there than `began`."""
        now = time.monotonic()
        if now - self._last >= BEATS * settings.IM_BEAT_SECONDS:
            self._steady_since = now
        self._last = began

    async def _bring_back(self) -> None:
        """Write the connections anew that went with a swept lease."""
        strays = [one for one in self._here() if one.entry and one.entry.lease not in (None, self._lease.id)]
        returned = await asyncio.gather(*map(self._return, strays), return_exceptions=True)
        for error in filter(None, returned):
            raise error  # when all have their answer: with the next beat they ask again

    async def _return(self, connection: Connection) -> None:
        if connection.ended:
            return
        refusal, _device = await self._registrar.open(
            connection.entry.opening(cursor=connection.cursor, returning=True)
        )
        connection.entry.lease = self._lease.id
        if refusal is not None:
            connection.end(refusal.code, refusal.reason)

    async def _note(self) -> None:
        entries = {one.entry: one.entry.change(one.cursor, one.acked) for one in self._here() if one.entry}
        changes = {entry: change for entry, change in entries.items() if change is not None}
        if not changes:
            return
        await self._threads.run(connections.note, changes=list(changes.values()))
        self._tell_presence({entry.user_id for entry, change in changes.items() if change.idle != entry.was_idle})
        for entry, change in changes.items():
            entry.noted(change)

    async def _tell_gaps(self) -> None:
        """Write when rings reached nobody, as far as it is known by now."""
        for gaps in self._gaps():
            for gap in gaps.untold():
                ended, now = gap.ended, time.monotonic()
                gap.row = await self._threads.run(
                    outages.note,
                    outage_id=gap.row,
                    node=settings.NODE_NAME,
                    began=now - gap.began,
                    ended=0 if ended is None else now - ended,
                )
                if ended is not None:
                    gaps.told(gap)

    # What no ring told

    async def look(self) -> None:
        """End what is to end here, and sweep nodes that have lapsed."""
        if self._lease.id is None:
            return
        endings = await self._threads.run(connections.endings, node_id=self._lease.id)
        end(self._here(), endings)
        if self.is_steady:
            self._tell_presence(await self._threads.run(nodes.sweep))


def end(here: list[Connection], endings: dict[str, int]) -> None:
    """End those of these connections whose end was asked for."""
    if endings:
        for connection in here:
            if connection.id in endings:
                code = endings[connection.id]
                connection.end(code, REASONS.get(code, "This connection was ended."))
