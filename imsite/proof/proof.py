"""One run: people talk, a plan breaks things one after the other, and everything is checked at the end."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from websockets.exceptions import WebSocketException

from imsite.localservers import NotReady

from .breaking import carry_out
from .episodes import NOTHING, Arrival, Episode, cut_off, rows
from .plan import Fault
from .record import Record
from .report import Outcome
from .servers import Cluster
from .talk import CONVERGES_WITHIN, Talk, Violation
from .waiting import until
from .wrong import OTHER, Wrong

LOOKS_EVERY = 0.05  # seconds
LATE = 0.2  # seconds on the way; while everything is well, a message takes some hundredths


class Proof:
    """`say` gets a line for each fault that is over. Without a cluster there are no processes to break.

    It ends after so many seconds, or a little later, when the plan has been carried out.
    """

    def __init__(
        self,
        talk: Talk,
        plan: Sequence[Fault],
        *,
        seconds: float,
        cluster: Cluster | None,
        say: Callable[[str], None],
    ):
        self._talk = talk
        self._plan = plan
        self._seconds = seconds
        self._cluster = cluster
        self._say = say
        self._episodes: list[Episode] = []
        self._wrongs: list[Wrong] = []
        self._broken = "nothing is broken"
        self._began = time.monotonic()
        self._interrupted = False

    async def run(self) -> Outcome:
        """Ctrl-C, or SIGTERM, ends the talk before its time; the second one ends everything."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt, asyncio.current_task())
        try:
            return await self._run()
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    async def _run(self) -> Outcome:
        async with self._talk:
            self._began = time.monotonic()
            self._note(NOTHING)
            try:
                await self._talk.during(self._break())
                self._note(NOTHING)
                await self._talk.finish()
            except Violation as violation:
                self._wrongs += violation.wrongs
            self._wrongs += [wrong for wrong in await self._talk.wrongs() if wrong not in self._wrongs]
        if self._cluster is not None:
            self._wrongs += cut_off(self._episodes, self._records)
            self._wrongs += [Wrong(OTHER, f"a traceback in the log of {text}") for text in self._cluster.tracebacks()]
        return self._outcome()

    def pulse(self) -> str:
        """How it is now, in one line."""
        records = [person.record for person in self._talk.people]
        sent, accepted = sum(len(record.said) for record in records), sum(record.accepted for record in records)
        received, on_the_way = sum(record.received for record in records), len(self._talk.ledger.on_the_way())
        counts = f"{sent} sent, {accepted} accepted, {received} received, {on_the_way} on the way"
        return f"{self._elapsed:6.1f} s  {counts} | {self._broken}"

    # What breaks

    async def _break(self) -> None:
        """One thing after the other; each when the one before is over and nothing is late any more."""
        try:
            for fault in self._plan:
                await self._pause(fault.at - self._elapsed)
                if self._talk.enough.is_set():
                    return
                await self._break_one(fault)
            await self._pause(self._seconds - self._elapsed)
        finally:
            self._talk.enough.set()

    async def _break_one(self, fault: Fault) -> None:
        self._broken, broken = carry_out(fault, self._talk, self._cluster)
        name = self._broken
        episode = self._note(fault.way)
        try:
            async with broken:
                await self._pause(fault.lasts)
        except (NotReady, OSError, WebSocketException) as error:
            self._wrongs.append(Wrong(OTHER, f"{name}: {error}", time.monotonic()))
        episode.ended = time.monotonic()
        self._broken = f"healing, after: {name}"
        try:
            async with asyncio.timeout(CONVERGES_WITHIN):
                await until(lambda: not self._late(), every=LOOKS_EVERY)
                episode.healed = time.monotonic()
        except TimeoutError:  # on a slow machine something is always late; what was said before the end must not be
            self._wrongs += [wrong for wrong in self._talk.ledger.missing() if wrong.at <= episode.ended]
        lasted = f"lasted {episode.ended - episode.began:.1f} s"
        healed = "NOT healed" if episode.healed is None else f"healed {episode.took:.1f} s later"
        self._say(f"{self._elapsed:6.1f} s  {name}: {lasted}, {healed}")
        self._broken = "nothing is broken"

    def _late(self) -> bool:
        return any(time.monotonic() - said.at > LATE for _, said in self._talk.ledger.on_the_way())

    async def _pause(self, seconds: float) -> None:
        """At most so long: shorter when the talk is to end."""
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._talk.enough.wait()

    # What came of it

    def _note(self, what: str) -> Episode:
        self._episodes.append(Episode(what, time.monotonic()))
        return self._episodes[-1]

    def _interrupt(self, running: asyncio.Task) -> None:
        if self._interrupted:
            running.cancel()
        self._interrupted = True
        self._talk.enough.set()

    @property
    def _records(self) -> list[Record]:
        """Of all who behave."""
        return [person.record for person in (*self._talk.people, *self._talk.strangers)]

    def _outcome(self) -> Outcome:
        floods = {person.id for person in self._talk.flooders}
        arrivals = [(said.to in floods, Arrival(said, at)) for said, at in self._talk.ledger.arrivals()]
        flooded = [arrival for flood, arrival in arrivals if flood]
        return Outcome(
            rows=rows(
                self._episodes,
                [arrival for flood, arrival in arrivals if not flood],
                self._records,
                self._wrongs,
            ),
            wrongs=self._wrongs,
            flooded=(
                len(flooded),
                sum(arrival.at is not None for arrival in flooded),
                sum(arrival.at is None and arrival.said.refused is not None for arrival in flooded),
            ),
            store_asked=self._talk.store is not None,
            interrupted=self._interrupted,
        )

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began
