"""What the connections do: keep a few messages on their way, or send by the clock."""

import asyncio
import time

from bench.ledger import Ledger
from bench.plan import Plan
from bench.speakers import Speaker


class Closed:
    """Everyone who speaks has `window` messages on their way: the next one leaves when one is done."""

    def __init__(self, plan: Plan, ledger: Ledger, speakers: list[Speaker]) -> None:
        self._plan, self._ledger = plan, ledger
        self._speakers = speakers if plan.room is None else speakers[: plan.speakers]
        for speaker in speakers:
            speaker.on_done = self._on_done
        self._going = False

    def _on_done(self, who: int) -> None:
        if self._going:
            self._speakers[who].say()

    @property
    def steady(self) -> bool:
        """The first wave is over. Before that, a slow server stores more than it delivers."""
        return self._ledger.finished >= len(self._speakers) * self._plan.window

    async def run(self) -> None:
        """Until it is cancelled. Replaces what got lost: otherwise every loss would slow its sender down for ever."""
        self._going = True
        try:
            for speaker in self._speakers:
                for _ in range(self._plan.window):
                    speaker.say()
            while True:
                await asyncio.sleep(1)
                for speaker in self._speakers:
                    for _ in range(self._ledger.abandon(speaker.who, time.perf_counter() - self._plan.patience)):
                        speaker.say()
        finally:
            self._going = False


class Open:
    """`rate` messages a second over all, one connection after the other, whatever comes back."""

    def __init__(self, plan: Plan, ledger: Ledger, speakers: list[Speaker]) -> None:
        self._plan, self._speakers = plan, speakers

    @property
    def steady(self) -> bool:
        return True

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        begin, count = loop.time(), 0
        while True:
            while count < (loop.time() - begin) * self._plan.rate:
                self._speakers[count % len(self._speakers)].say()
                count += 1
            await asyncio.sleep(max(0, begin + count / self._plan.rate - loop.time()))


WORKS = {"w1": Closed, "w2": Closed, "w4": Open}
