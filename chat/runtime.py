"""What one process keeps going: who is connected here, the writer, the bells, and the look at the heads."""

import asyncio
import logging
import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from random import uniform

from channels.layers import get_channel_layer
from django.conf import settings

from messages_store import publish
from messages_store.errors import RateLimited
from messages_store.events import Event
from messages_store.services import reading

from . import protocol
from .background import Background
from .beat import Beat, end
from .bells import Bells
from .connection import Connection
from .database import Threads, Unavailable
from .deadlines import end_overdue
from .entry import Entry
from .lease import Lease
from .limits import Flooders
from .notification_marks import NotificationMarks
from .presence import Watchers
from .rates import Rates
from .reads import Reads
from .registrar import Registrar
from .revocation import Revocation
from .ringer import ringer
from .services.connections import Opening
from .typists import Typists
from .writer import Recorder, Sender

logger = logging.getLogger(__name__)

GIVING_BACK = 5  # seconds
STUMBLED = 1  # seconds until what failed begins again
HEADS_AT_ONCE = 2_000  # inboxes that one query looks at


class Runtime:
    """One node: one per process, or one per event loop where a process has several."""

    def __init__(self, *, layer=None, name: str | None = None, address: str = ""):
        self.name = name or settings.NODE_NAME
        self.layer = layer if layer is not None else get_channel_layer()
        self.bells = Bells(layer=self.layer, hear=self._hear)
        self.readers = Threads("reader", settings.IM_READERS)
        self.reads = Reads(self.readers)
        self._senders = Threads("sender", 1)
        self._recorders = Threads("recorder", 1)
        self.sender = Sender(threads=self._senders, bells=self.bells)
        self.recorder = Recorder(threads=self._recorders, bells=self.bells)
        self.notification_marks = NotificationMarks(threads=self._recorders, bells=self.bells)
        self._working = Threads("background", 1)
        self._background = Background(threads=self._working)
        self._revocation = Revocation(threads=self.readers)
        self._registering, self._beating = Threads("registrar", 1), Threads("beat", 1)
        self.lease = Lease(name=self.name, address=address, threads=self._beating)
        self.registrar = Registrar(threads=self._registering, bells=self.bells, lease=self.lease)
        self.beat = Beat(
            threads=self._beating,
            lease=self.lease,
            registrar=self.registrar,
            here=self.connections,
            counters=lambda: self._rates.counters(self),
            tell_presence=self.bells.tell_presence,
            look_again=lambda: self.watchers.look_again(),
            gaps=lambda: self.bells.gaps,
        )
        self._rates = Rates()
        self.watchers = Watchers(bells=self.bells, threads=self.readers)
        self.typists = Typists(bells=self.bells, threads=self.readers)
        self.draining = False
        self._sent_away = 0
        self.flooders = Flooders()
        self._layer_is_back = asyncio.Event()
        self._connections: dict[int, set[Connection]] = defaultdict(set)
        self._meetings: set[asyncio.Timeout] = set()
        self._left = asyncio.Event()  # set while nobody is connected
        self._left.set()
        self._tasks: list[asyncio.Task] = []

    def start(self) -> None:
        if hasattr(self.layer, "heed"):
            self.layer.heed(self._layer_is_back.set)
        bells, at_work = (self.bells.run, self.bells.listen), (self.sender.run, self.recorder.run, self.registrar.run)
        hints = (self.watchers.run, self.typists.run, self.notification_marks.run)
        running = (*bells, *at_work, *hints, self.beat.run, self._keep_looking, self._background.run)
        self._tasks = [asyncio.create_task(keep_on(run)) for run in running]
        ringer.lend(self.bells)

    def drain(self) -> None:
        """From now on this node is not ready, and takes nobody in."""
        if not self.draining:
            self.draining = True
            self._tasks.append(asyncio.create_task(self.lease.drain()))

    async def finish(self) -> None:
        """Say bye to everybody; returns when all have left, and what they sent is written."""
        self.drain()
        for connection in self.connections():
            self._say_bye(connection)
        for patience in self._meetings:
            if not patience.expired():
                patience.reschedule(0)
        marks = self.notification_marks.idle
        for event in (self._left, self.sender.idle, self.recorder.idle, marks, self.registrar.idle):
            await event.wait()

    async def finish_within(self, seconds: float) -> None:
        """Finish, as far as there is time."""
        try:
            async with asyncio.timeout(seconds):
                await self.finish()
        except TimeoutError:
            if seconds:
                logger.warning("Stopping with work undone: nothing that was accepted is among it")

    async def stop(self, *, within: float = 0) -> None:
        """Finish, as far as there is time, and give everything back."""
        await self.finish_within(within)
        await self.give_back()

    async def give_back(self, *, within: float = GIVING_BACK) -> None:
        """The lease, then the threads, each in so many seconds. Where the store is away, the lease lapses by itself."""
        ringer.take_back(self.bells)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        ringer.take_back(self.bells)
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(within):
                await self.bells.tell_last(await self.lease.leave())
                await self._background.end()
        writing = (self._senders, self._recorders, self._registering, self._beating, self._working)
        await asyncio.gather(*(asyncio.to_thread(each.close, within=within) for each in (self.readers, *writing)))

    # Connections

    def connections(self) -> list[Connection]:
        return [connection for those in self._connections.values() for connection in those]

    def connections_of(self, user_id: int) -> list[Connection]:
        return list(self._connections.get(user_id, ()))

    @contextmanager
    def meeting(self, patience: asyncio.Timeout) -> Iterator[None]:
        """Somebody is connected who has not said hello yet; a stopping node's patience ends at once."""
        self._left.clear()
        self._meetings.add(patience)
        if self.draining:
            patience.reschedule(0)
        try:
            yield
        finally:
            self._meetings.remove(patience)
            self._note_who_left()

    async def attach(self, connection: Connection) -> None:
        """From now on, hear what is rung for this connection's user."""
        self._left.clear()
        self._connections[connection.user_id].add(connection)
        if self.draining:
            self._say_bye(connection)
        await self.bells.join([connection.user_id])

    async def admit(self, connection: Connection, opening: Opening) -> bool:
        """Give the connection its place, or end it."""
        connection.entry = Entry(opening)
        try:
            refusal, connection.entry.device = await self.registrar.open(opening)
        except Unavailable:
            connection.end(protocol.Close.STORE_UNAVAILABLE, "The store cannot be reached.")
            return False
        if refusal is None:
            connection.entry.lease = self.lease.id
        elif refusal.code == protocol.Close.RATE_EXCEEDED:
            after = uniform(20, 40)  # noqa: S311
            connection.push(protocol.error(RateLimited(refusal.reason, retry_after=after)))
            connection.end(refusal.code, refusal.reason, reconnect_after=after)
        else:
            connection.end(refusal.code, refusal.reason)
        return refusal is None

    async def detach(self, connection: Connection) -> None:
        here = self._connections[connection.user_id]
        here.discard(connection)
        self.watchers.forget(connection)
        self._revocation.left(connection)
        if connection.entry:
            self.registrar.close(connection.id)
        if not here:
            del self._connections[connection.user_id]
            self._note_who_left()
            await self.bells.leave(connection.user_id)
            if connection.user_id in self._connections:  # came back meanwhile
                await self.bells.join([connection.user_id])

    def _note_who_left(self) -> None:
        if not self._connections and not self._meetings:
            self._left.set()

    def _say_bye(self, connection: Connection) -> None:
        connection.end(protocol.Close.DRAINING, "This node is stopping.", reconnect_after=self.reconnect_after())

    def reconnect_after(self) -> float:
        """For the next one who is sent away, in seconds: so many return a second, one behind the other."""
        self._sent_away += 1
        return round(self._sent_away / settings.IM_RETURNS_PER_SECOND, 3)

    # What is rung

    def _hear(self, message: dict) -> None:
        """Hand a ring to the user's connections. What is none, another version or another program may have sent."""
        if message.get("type") != publish.RING:
            return
        ring = publish.understand(message)
        for connection in tuple(self._connections.get(ring.user, ())):
            if ring.head is not None:
                connection.ring([Event(*event) for event in ring.events], ring.head)
            for frame in ring.hints:
                connection.hint(frame)
        if ring.presence:
            self.watchers.ring(ring.user)
        if ring.profile is not None:
            self.watchers.introduce(ring.user, ring.profile)
        if ring.ends:
            end(self.connections_of(ring.user), ring.ends)

    # The look at the heads

    async def _keep_looking(self) -> None:
        """Find what was never rung, or whose ring got lost: every few seconds, and when the layer comes back."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(settings.IM_HEADS_SECONDS * uniform(0.8, 1.2)):  # noqa: S311
                    await self._layer_is_back.wait()
                    await asyncio.sleep(uniform(0, 0.3))  # noqa: S311 (not all nodes at once)
            self._layer_is_back.clear()
            try:
                end_overdue(self.connections())
                await self.look()
                await self._revocation.look(self.connections())
            except Unavailable:
                pass
            except Exception:
                logger.exception("Looking again failed")  # and is done again: whatever a ring lost depends on it

    async def look(self) -> None:
        users = list(self._connections)
        for start in range(0, len(users), HEADS_AT_ONCE):
            some = users[start : start + HEADS_AT_ONCE]
            heads = await self.readers.run(reading.heads, user_ids=some)
            for user_id, (epoch, head) in heads.items():
                self._compare(user_id, epoch, head)

    def _compare(self, user_id: int, epoch: str, head: int) -> None:
        for connection in tuple(self._connections.get(user_id, ())):
            if not connection.epoch:
                continue
            if connection.epoch != epoch:
                connection.end(protocol.Close.DRAINING, "The store was restored; connect again.", reconnect_after=0)
            else:
                connection.look(head, after=settings.IM_HOLD_SECONDS)


async def keep_on(run: Callable[[], Awaitable[None]]) -> None:
    """A node without one of its tasks would only seem to live: what fails is told, and begins again."""
    while True:
        try:
            await run()
        except Exception:
            logger.exception("%s failed; it begins again", run.__qualname__)
        await asyncio.sleep(STUMBLED)


_runtimes: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Runtime]" = weakref.WeakKeyDictionary()


def current(*, address: str = "") -> Runtime:
    """The runtime of the running loop, started on the first call; `address` is where the server listens."""
    loop = asyncio.get_running_loop()
    if loop not in _runtimes:
        _runtimes[loop] = Runtime(address=address)
        _runtimes[loop].start()
    return _runtimes[loop]
