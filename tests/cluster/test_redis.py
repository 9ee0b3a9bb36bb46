"""Redis dies, hangs, and drops its connections. Nobody waits for it: it is only the doorbell."""

import asyncio

import pytest

from imsite.proof.faults import Outages, connections_cut, frozen, killed
from imsite.proof.talk import Talk

ACCEPTED_WITHIN = 1.5  # seconds, far more than it takes: the machine may be busy with starting what was killed
CAME_ELSEWHERE = 6  # seconds more for whoever must find another node meanwhile


async def test_redis_is_killed_and_comes_back_empty(cluster, talk, report):
    outages = Outages(talk.seconds)
    async with talk:
        await talk.during(outages.run(killed, cluster.redis))
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert not answered_late(talk, outages, within=ACCEPTED_WITHIN)


async def test_redis_hangs(cluster, talk, report):
    outages = Outages(talk.seconds)
    async with talk:
        await talk.during(outages.run(frozen, cluster.redis))
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert not answered_late(talk, outages, within=ACCEPTED_WITHIN)


async def test_a_node_starts_while_redis_is_away(cluster, talk, report):
    """People who come to a node that never met its Redis can send; and once Redis is there, the node hears."""
    outages = Outages(talk.seconds)

    async def restart():
        await asyncio.sleep(talk.seconds * 2 / 3 + 0.2)
        async with killed(cluster.nodes[0]):
            pass
        async with killed(cluster.nodes[1]):
            pass

    async with talk:
        await talk.during(outages.run(killed, cluster.redis), restart())
        figures = await talk.finish()
    report(figures)
    assert not answered_late(talk, outages, within=ACCEPTED_WITHIN + CAME_ELSEWHERE)


@pytest.mark.parametrize(
    "how", [{}, {"kinds": ["pubsub"], "every": 1}], ids=["again_and_again", "subscriptions_every_second"]
)
async def test_redis_drops_its_connections(cluster, talk, report, how):
    """CLIENT KILL, for those who listen and those who publish, or only for the former."""
    async with talk:
        await talk.during(connections_cut(cluster.redis.url, talk.seconds, **how))
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0


def answered_late(talk: Talk, outages: Outages, *, within: float) -> list[str]:
    """What was said during an outage and not accepted soon, though the database was there."""
    return [
        f"{said.body} after {said.accepted_at - said.at:.2f} s"
        for person in talk.people
        for said in person.record.said.values()
        if any(start <= said.at <= end for start, end in outages.moments) and said.accepted_at - said.at > within
    ]
