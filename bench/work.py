"""What the connections do: keep a few messages on their way, or send by the clock."""

import asyncio

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

    async def run(self, seconds: float) -> None:
        """Also replaces what got lost: otherwise every loss would slow its sender down for ever."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        self._going = True
        for speaker in self._speakers:
            for _ in range(self._plan.window):
                speaker.say()
        while (now := loop.time()) < end:
            await asyncio.sleep(min(1, end - now))
            for speaker in self._speakers:
                for _ in range(self._ledger.abandon(speaker.who, loop.time() - self._plan.patience)):
                    speaker.say()
        self._going = False


class Open:
    """`rate` messages a second over all, one connection after the other, whatever comes back."""

    def __init__(self, plan: Plan, ledger: Ledger, speakers: list[Speaker]) -> None:
        self._plan, self._speakers = plan, speakers

    async def run(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        begin, count = loop.time(), 0
        while (passed := loop.time() - begin) < seconds:
            while count < passed * self._plan.rate:
                self._speakers[count % len(self._speakers)].say()
                count += 1
            await asyncio.sleep(max(0, begin + count / self._plan.rate - loop.time()))


WORKS = {"w1": Closed, "w2": Closed, "w4": Open}
