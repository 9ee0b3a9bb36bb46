"""People in pairs, each half at another node, who talk while something breaks."""

import asyncio
import random
import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Self

import psycopg

from imsite.localservers import Node

from .figures import Figures
from .ledger import Ledger
from .people import Account, Person
from .servers import is_ready
from .store import Store
from .waiting import until, until_empty

PEOPLE = 40
STRANGERS = 3
RATE = 60  # messages a second, of all of them together
CONVERGES_WITHIN = 10  # seconds after the fault ended
RINGS_WITHIN = 1  # seconds; what no ring tells is found after IM_HEADS_SECONDS = 3


class Violation(AssertionError):
    """Something was lost, doubled, out of order or told to a stranger; the message says what."""


class Talk:
    """`async with Talk(…) as talk: await talk.during(fault)`, and `finish()` checks everything."""

    def __init__(self, accounts: Sequence[Account], nodes: Sequence[Node], *, database: str, seconds: float):
        self.people = [Person(account, nodes, home=_home(n, len(nodes))) for n, account in enumerate(accounts[:PEOPLE])]
        self.strangers = [Person(account, nodes, home=n) for n, account in enumerate(accounts[PEOPLE:])]
        self.everybody = [*self.people, *self.strangers]
        self.seconds = seconds
        self._nodes = nodes
        self._random = random.Random(len(accounts))
        self._ledger = Ledger(
            [person.record for person in self.people], [stranger.record for stranger in self.strangers]
        )
        self._store = Store(database, [person.id for person in self.people])
        self._figures: Figures | None = None

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        for person in self.everybody:
            await self._stack.enter_async_context(person)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def during(self, *faults: Awaitable[None]) -> None:
        """Everybody talks while these go on. When they have ended, and the talk too, everything converges in time."""
        await asyncio.gather(self._speak(self.seconds), *faults)
        ended = time.monotonic()
        await self.converge()
        self._figures = replace(self._ledger.figures(), converged=time.monotonic() - ended)

    async def _speak(self, seconds: float) -> None:
        """Somebody says something to the other one, so many times a second."""
        began = time.monotonic()
        for turn in range(int(seconds * RATE)):
            await asyncio.sleep(began + turn / RATE - time.monotonic())
            self.say(self._random.randrange(len(self.people)), f"message {turn}")

    def say(self, who: int, body: str) -> None:
        self.people[who].say(body, to=self.people[who ^ 1].id)

    async def converge(self) -> None:
        """Until everything is accepted, received, and marked as sent; fails when that takes too long."""
        try:
            async with asyncio.timeout(CONVERGES_WITHIN):
                await until(lambda: not self._ledger.missing())
                await until_empty(self._unsent)
        except TimeoutError:
            missing = self._ledger.missing() or await self._unsent()
            self._fail(f"{len(missing)} are missing {CONVERGES_WITHIN} s after the fault ended", missing)

    async def _unsent(self) -> list[str]:
        """What the database does not call sent."""
        try:
            return [f"not marked as sent: {row}" for row in await asyncio.to_thread(self._store.unsent)]
        except psycopg.OperationalError as error:
            return [f"the database does not answer: {error}"]

    async def finish(self) -> Figures:
        """Nothing was lost, doubled, out of order or told to a stranger; and the bells ring as before."""
        await self._ring_everybody()
        wrongs = self._ledger.wrongs() + await asyncio.to_thread(self._store.wrongs)
        said, stored = self._ledger.figures().sent, await asyncio.to_thread(self._store.stored)
        if said != stored:
            wrongs.append(f"{said} messages were said, and {stored} are stored")
        if wrongs:
            self._fail(f"{len(wrongs)} things are wrong", wrongs)
        return self._figures

    async def _ring_everybody(self) -> None:
        """A node that has become deaf would still get everything, but late: by its look at the heads."""
        async with asyncio.timeout(CONVERGES_WITHIN):
            await until_empty(self._not_ready)
        since = time.monotonic()
        for who in range(len(self.people)):
            self.say(who, "Do you hear me?")
        await self.converge()
        late = self._ledger.late(since=since, within=RINGS_WITHIN)
        if len(late) > len(self.people) / 10:
            self._fail(f"{len(late)} of {len(self.people)} bells did not ring within {RINGS_WITHIN} s", late)

    async def _not_ready(self) -> list[Node]:
        """The nodes that do not reach the database or Redis yet, as they say themselves."""
        return [node for node in self._nodes if not await asyncio.to_thread(is_ready, node)]

    def _fail(self, what: str, examples: list[str]) -> None:
        raise Violation("\n  ".join([f"{what}, of {self._ledger.figures()}:", *examples[:8]]))


def _home(n: int, nodes: int) -> int:
    """The two of a pair at different nodes, and every combination of nodes."""
    return (n // 2 + n % 2) % nodes
