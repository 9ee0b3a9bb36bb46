"""PostgreSQL restarts without a goodbye."""

import asyncio

from imsite.proof.faults import Clock, killed


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


async def test_postgresql_is_away_for_a_while(cluster, talk, report):
    """For most of the time, to its end: whoever asks again ever more slowly must still ask soon after."""

    async def outage():
        clock = Clock()
        await clock.until(talk.seconds / 3)
        async with killed(cluster.postgres):
            await clock.until(talk.seconds)

    async with talk:
        await talk.during(outage())
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
