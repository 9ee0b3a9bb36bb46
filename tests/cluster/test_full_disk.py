"""PostgreSQL's disk is full for a while."""

import asyncio

from imsite.proof.faults import Clock
from imsite.proof.full_disk import FullDisk

ANSWERED_WITHIN = 2  # seconds


async def test_the_disk_is_full_for_a_while(cluster, talk, report):
    """Nothing is accepted that is not stored; when there is room again, all goes on by itself."""

    async def filled(disk):
        clock = Clock()
        await clock.until(talk.seconds / 4)
        await asyncio.to_thread(disk.fill)
        await clock.until(talk.seconds)
        await asyncio.to_thread(disk.free)

    with FullDisk(cluster.postgres) as disk:
        async with talk:
            await talk.during(filled(disk))
            figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert figures.busy > 0, "the disk was not full"
    waited = [said.waited for person in talk.people for said in person.record.said.values()]
    assert max(waited) < ANSWERED_WITHIN
