"""People in pairs, each half at another node, who talk while something breaks."""

import asyncio
import random
import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from typing import Self

import psycopg

from .address import Address
from .figures import Figures
from .ledger import Ledger
from .nuisances import Flooder
from .people import Account, Person
from .servers import is_ready
from .store import Store
from .waiting import until, until_empty
from .wrong import DOUBLE, LOST, OTHER, Wrong

PEOPLE = 40
STRANGERS = 3
RATE = 60  # messages a second, of all of them together
CONVERGES_WITHIN = 10  # seconds after the fault ended
RINGS_WITHIN = 1  # seconds; what no ring tells is found after IM_HEADS_SECONDS = 3


class Violation(AssertionError):
    """Something was lost, doubled, out of order or told to a stranger; the message says what."""

    def __init__(self, what: str, wrongs: Sequence[Wrong]):
        super().__init__("\n  ".join([what, *map(str, wrongs[:8])]))
        self.wrongs = wrongs


class Talk:
    """`async with Talk(…) as talk: await talk.during(fault)`, and `finish()` checks everything.

    The first `people` of the accounts talk, the rest are strangers, to whom nobody does. `database` is what the store
    is asked by at the end; without one, only what everybody was told is checked. `heartbeat` is as a Line's.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        nodes: Sequence[Address],
        *,
        database: str | None,
        seconds: float,
        people: int = PEOPLE,
        rate: float = RATE,
        flooders: Sequence[Account] = (),
        heartbeat: float | None = None,
        seed: int = 0,
    ):
        def person(n: int, account: Account, kind: type[Person] = Person) -> Person:
            return kind(account, nodes, home=n % len(nodes), heartbeat=heartbeat)

        self.people = [person(n // 2 + n % 2, account) for n, account in enumerate(accounts[:people])]
        self.flooders = [person(n, account, Flooder) for n, account in enumerate(flooders)]
        self.strangers = [person(n, account) for n, account in enumerate(accounts[people:])]
        self.everybody = [*self.people, *self.flooders, *self.strangers]
        self.seconds = seconds
        self.enough = asyncio.Event()  # ends the talk before its time
        self.nodes = nodes
        self._rate = rate
        self._random = random.Random(seed)
        talking = [*self.people, *self.flooders]
        self.ledger = Ledger([one.record for one in talking], [stranger.record for stranger in self.strangers])
        self.store = Store(database, [one.id for one in talking]) if database else None
        self._stored_before = 0
        self._figures: Figures | None = None

    async def __aenter__(self) -> Self:
        if self.store is not None:
            self._stored_before = await asyncio.to_thread(self.store.stored)
        self._stack = AsyncExitStack()
        await asyncio.gather(*(self._stack.enter_async_context(person) for person in self.everybody))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def during(self, *faults: Awaitable[None]) -> None:
        """Everybody talks while these go on. When they have ended, and the talk too, everything converges in time."""
        await asyncio.gather(self._speak(), *faults)
        ended = time.monotonic()
        await self.converge()
        self._figures = replace(self.ledger.figures(), converged=time.monotonic() - ended)

    async def _speak(self) -> None:
        """Somebody says something to the other one, so many times a second."""
        began = time.monotonic()
        for turn in count():
            if turn >= self.seconds * self._rate or self.enough.is_set():
                return
            await asyncio.sleep(began + turn / self._rate - time.monotonic())
            self.say(self._random.randrange(len(self.people)), f"message {turn}")

    def say(self, who: int, body: str) -> None:
        self.people[who].say(body, to=self.people[who ^ 1].id)

    async def converge(self) -> None:
        """Until everything is accepted, received, and marked as sent; fails when that takes too long."""
        try:
            async with asyncio.timeout(CONVERGES_WITHIN):
                await until(lambda: not self.ledger.on_the_way())
                await until_empty(self._unsent)
        except TimeoutError:
            missing = self.ledger.missing() or await self._unsent()
            self._fail(f"{len(missing)} are missing {CONVERGES_WITHIN} s after the fault ended", missing)

    async def _unsent(self) -> list[Wrong]:
        """What the database does not call sent."""
        if self.store is None:
            return []
        try:
            return [Wrong(OTHER, f"not marked as sent: {row}") for row in await asyncio.to_thread(self.store.unsent)]
        except psycopg.OperationalError as error:
            return [Wrong(OTHER, f"the database does not answer: {error}")]

    async def finish(self) -> Figures:
        """Nothing was lost, doubled, out of order or told to a stranger; and the bells ring as before."""
        await self._ring_everybody()
        wrongs = await self.wrongs()
        if wrongs:
            self._fail(f"{len(wrongs)} things are wrong", wrongs)
        return self._figures

    async def wrongs(self) -> list[Wrong]:
        """Everything that is wrong by now: with what they were told, and with what the database holds."""
        wrongs = self.ledger.missing() + self.ledger.wrongs()
        if self.store is not None:
            wrongs += await asyncio.to_thread(self.store.wrongs)
            said = self.ledger.stored()
            stored = await asyncio.to_thread(self.store.stored) - self._stored_before
            if said != stored:
                kind = LOST if stored < said else DOUBLE
                wrongs.append(Wrong(kind, f"the database has {stored} of the {said} messages that were said"))
        return wrongs

    async def _ring_everybody(self) -> None:
        """A node that has become deaf would still get everything, but late: by its look at the heads."""
        try:
            async with asyncio.timeout(CONVERGES_WITHIN):
                await until_empty(self._not_ready)
        except TimeoutError:
            self._fail(f"not ready after {CONVERGES_WITHIN} s", await self._not_ready())
        since = time.monotonic()
        for who in range(len(self.people)):
            self.say(who, "Do you hear me?")
        await self.converge()
        late = self.ledger.late(since=since, within=RINGS_WITHIN)
        if len(late) > len(self.people) / 10:
            self._fail(f"{len(late)} of {len(self.people)} bells did not ring within {RINGS_WITHIN} s", late)

    async def _not_ready(self) -> list[Wrong]:
        """The nodes that do not reach the database or Redis yet, as they say themselves."""
        waiting = [node for node in self.nodes if not await asyncio.to_thread(is_ready, node)]
        return [Wrong(OTHER, f"node {node.name} is not ready") for node in waiting]

    def _fail(self, what: str, wrongs: list[Wrong]) -> None:
        raise Violation(f"{what}, of {self.ledger.figures()}:", wrongs)
