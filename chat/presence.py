"""Tells connections how the people are whom they watch: at once, and whenever that changes; and how they are shown.

As with inboxes, what comes through the layer only says that there is something to look at; the database knows.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings

from . import protocol
from .bells import Bells
from .connection import Connection
from .database import Threads, Unavailable
from .services import presence
from .services.presence import UNKNOWN, Presence

logger = logging.getLogger(__name__)

AT_ONCE = 50  # connections whose wishes one look answers
USERS_AT_ONCE = 500  # with 200 watchers each, that is 10 ms of comparing

Told = tuple[bool, bool]  # online, away


class Watchers:
    """Who of this node watches whom, and what each was told last."""

    def __init__(self, *, bells: Bells, threads: Threads):
        self._bells = bells
        self._threads = threads
        self._watched: dict[int, set[Connection]] = defaultdict(set)
        self._told: dict[Connection, dict[int, Told | None]] = {}  # None: a stranger
        self._wishes: dict[Connection, Sequence[int]] = {}
        self._rung: set[int] = set()
        self._profiles: dict[int, str] = {}
        self._unwatched: set[int] = set()
        self._settling: dict[int, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()

    def watch(self, connection: Connection, user_ids: Sequence[int]) -> None:
        """From now on, these and nobody else."""
        self._wishes[connection] = list(dict.fromkeys(user_ids))
        self._wake.set()

    def forget(self, connection: Connection) -> None:
        """It is gone."""
        self._wishes.pop(connection, None)
        self._drop(connection, self._told.pop(connection, ()))

    def _drop(self, connection: Connection, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            self._watched[user_id].discard(connection)
            if not self._watched[user_id]:
                del self._watched[user_id]
                self._unwatched.add(user_id)
                self._wake.set()

    def ring(self, user_id: int) -> None:
        """Somebody may have come or gone."""
        if user_id in self._watched:
            self._rung.add(user_id)
            self._wake.set()

    def introduce(self, user_id: int, frame: str) -> None:
        """Somebody has another name or picture; the frame says which."""
        if user_id in self._watched:
            self._profiles[user_id] = frame
            self._wake.set()

    def look_again(self) -> None:
        """Look at everybody: whatever a ring lost is found so. Strangers are left to rings."""
        for user_id, watchers in self._watched.items():
            if any(self._told[connection].get(user_id) is not None for connection in watchers):
                self.ring(user_id)

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(settings.IM_GATHER_SECONDS)
            self._wake.clear()
            try:
                await self._leave()
                while self._wishes:
                    await self._grant()
                while self._rung:
                    await self._look()
                if self._profiles:
                    await self._introduce()
            except Unavailable:
                await asyncio.sleep(1)
                self._wake.set()
            except Exception:
                logger.exception("Telling who is there failed")  # and the next one must be told all the same

    async def _leave(self) -> None:
        gone, self._unwatched = self._unwatched - self._watched.keys(), set()
        if gone:
            await self._bells.leave_presence(gone)

    # Wishes

    async def _grant(self) -> None:
        """Take up new wishes, and tell how all of them are."""
        wishes = {connection: self._wishes[connection] for connection in list(self._wishes)[:AT_ONCE]}
        new = self._take_up(wishes)
        # First hear the bell, then look: nothing falls between.
        await self._bells.join_presence(new)
        pairs = {(connection.user_id, user_id) for connection, users in wishes.items() for user_id in users}
        visible = await self._threads.run(presence.visible, pairs=pairs)
        found = await self._of({user_id for _, user_id in visible})
        for connection, users in wishes.items():
            if self._wishes.get(connection) is users:  # still there, and nothing else was wished since
                del self._wishes[connection]
                for user_id in users:
                    is_known = (connection.user_id, user_id) in visible
                    self._tell(connection, user_id, found[user_id] if is_known else None, push=True)

    def _take_up(self, wishes: dict[Connection, Sequence[int]]) -> set[int]:
        """Note who watches whom; whom nobody watched before."""
        new = set()
        for connection, users in wishes.items():
            told = self._told.get(connection, {})
            self._told[connection] = {user_id: told.get(user_id) for user_id in users}
            self._drop(connection, told.keys() - set(users))
            new |= {user_id for user_id in users if not self._watched.get(user_id)}
            for user_id in users:
                self._watched[user_id].add(connection)
        return new

    # Changes

    async def _look(self) -> None:
        """See how those are who may have changed, and tell those to whom that is new."""
        some = {self._rung.pop() for _ in range(min(len(self._rung), USERS_AT_ONCE))}
        try:
            found = await self._of(some)
            news = [pair for user_id in some for pair in self._unaware(user_id, found[user_id])]
            pairs = {(connection.user_id, user_id) for connection, user_id in news}
            visible = await self._threads.run(presence.visible, pairs=pairs)
        except Unavailable:
            self._rung |= some
            raise
        for connection, user_id in news:
            is_known = (connection.user_id, user_id) in visible
            was_known = self._told.get(connection, {}).get(user_id) is not None
            if is_known or was_known:
                self._tell(connection, user_id, found[user_id] if is_known else None)

    def _unaware(self, user_id: int, how: Presence) -> Iterator[tuple[Connection, int]]:
        """For whom it is news how this user is. Who has just left is as before for a moment, be it away."""
        now = state(how)
        for connection in self._watched.get(user_id, ()):
            told = self._told[connection].get(user_id)
            if told != now and not (how.settling and told is not None and told[0]):
                yield connection, user_id

    async def _introduce(self) -> None:
        """Pass it on to who watches them and may know them. Where the store is away, once it is back."""
        profiles, self._profiles = self._profiles, {}
        pairs = {(watcher.user_id, user_id) for user_id in profiles for watcher in self._watched.get(user_id, ())}
        try:
            visible = await self._threads.run(presence.visible, pairs=pairs)
        except Unavailable:
            self._profiles = profiles | self._profiles  # what came meanwhile is newer
            raise
        for user_id, frame in profiles.items():
            for watcher in tuple(self._watched.get(user_id, ())):
                if (watcher.user_id, user_id) in visible:
                    watcher.hint(frame)

    async def _of(self, user_ids: Iterable[int]) -> dict[int, Presence]:
        found = await self._threads.run(presence.of, user_ids=user_ids)
        for user_id, how in found.items():
            if how.settling and user_id not in self._settling:
                after = settings.IM_PRESENCE_GRACE_SECONDS + 0.1
                self._settling[user_id] = asyncio.get_running_loop().call_later(after, self._settled, user_id)
        return found

    def _settled(self, user_id: int) -> None:
        del self._settling[user_id]
        self.ring(user_id)

    def _tell(self, connection: Connection, user_id: int, how: Presence | None, *, push: bool = False) -> None:
        told = self._told.get(connection)
        if told is None or user_id not in told:
            return  # gone, or not watched any more
        shown = how or UNKNOWN
        frame = protocol.presence(user_id, online=shown.online, last_seen=shown.last_seen, away=shown.away)
        if push:
            connection.push(frame)
        elif not connection.hint(frame):
            return  # too slow for now; the next look finds it untold
        told[user_id] = state(how) if how else None


def state(how: Presence) -> Told:
    return how.online, how.away
