"""What test_rolling and test_balanced have in common: the load, and what must be true of it."""

import asyncio
from collections.abc import Sequence

from imsite.proof.figures import Figures
from imsite.proof.http_load import HttpLoad, Tally
from imsite.proof.rolling import Restart, rolling_restarts
from imsite.proof.servers import Cluster
from imsite.proof.talk import RATE, Talk

from .conftest import SECONDS

ROUNDS = max(1, int(SECONDS / 3))  # ten in the long version
DRAIN_SECONDS = 15  # the default
CALLERS = 9


async def roll(cluster: Cluster, talk: Talk, load: HttpLoad) -> tuple[list[Restart], Figures]:
    """Restart all nodes while people talk and programs ask; both go on to the end."""
    async with talk, load:
        restarts = asyncio.create_task(rolling_restarts(cluster, rounds=ROUNDS))
        turn = 0
        while not restarts.done():
            talk.say(turn * 7 % len(talk.people), f"message {turn}")
            turn += 1
            await asyncio.sleep(1 / RATE)
        talk.seconds = 1
        await talk.during()
        return await restarts, await talk.finish()


def assert_nobody_noticed(talk: Talk, tally: Tally, restarts: Sequence[Restart]) -> None:
    assert tally.failures == []
    assert {restart.code for restart in restarts} == {0}
    assert max(restart.seconds for restart in restarts) < DRAIN_SECONDS
    ends = {visit.code for person in talk.everybody for visit in person.record.visits} - {None}
    assert ends == {4000}, "a close without `bye`, or a broken connection"
    assert tally.answered > 20 * len(restarts)


def summary(tally: Tally, restarts: Sequence[Restart]) -> str:
    """For the log of the test."""
    times = sorted(restart.seconds for restart in restarts)
    return (
        f"{len(restarts)} restarts in {times[0]:.1f} to {times[-1]:.1f} s each; HTTP: {tally.answered} answered, "
        f"{len(tally.failures)} failed, {tally.last_answers} last answers, {tally.refused} connections refused, "
        f"slowest {tally.slowest:.2f} s"
    )
