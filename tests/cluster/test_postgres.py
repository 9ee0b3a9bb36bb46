"""PostgreSQL restarts without a goodbye, is away, and hangs."""

import asyncio

import pytest

from imsite.proof.faults import Clock, frozen, killed
from imsite.proof.talk import Talk

ANSWERED_WITHIN = 2  # seconds, with or without a database


async def test_postgresql_restarts_twice(cluster, talk, report):
    """`-m immediate`: people are answered `busy` or wait; no socket dies of it."""

    async def restart():
        clock = Clock()
        for moment in (1, talk.seconds - 0.5):
            await clock.until(moment)
            await asyncio.to_thread(cluster.postgres.restart_immediate)

    async with talk:
        await talk.during(restart())
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0


@pytest.mark.parametrize("away", [killed, frozen])
async def test_postgresql_is_away_for_a_while(cluster, talk, report, away):
    """For most of the time, to its end: whoever asks again ever more slowly must still ask soon after.

    Killed, it refuses connections; frozen, it keeps them and says nothing. Either way who sends is told `busy` soon.
    """

    async def outage():
        clock = Clock()
        await clock.until(talk.seconds / 4)
        async with away(cluster.postgres):
            await clock.until(talk.seconds)

    async with talk:
        await talk.during(outage())
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert figures.busy > 0
    assert not answered_late(talk)


def answered_late(talk: Talk) -> list[str]:
    return [
        f"{said.body} after {said.waited:.2f} s"
        for person in talk.people
        for said in person.record.said.values()
        if said.waited > ANSWERED_WITHIN
    ]
