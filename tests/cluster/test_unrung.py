"""Nodes die when something is stored and nobody was told."""

import asyncio

import pytest

from imsite.localservers import Node
from imsite.localservers.node import SERVE
from imsite.proof.faults import Clock, started
from imsite.proof.people import Person
from imsite.proof.waiting import until

from .dying_node import CODE, RINGS


@pytest.fixture(scope="module")
def deployment(servers):
    programs = [("-m", "tests.cluster.dying_node", moment, *SERVE[1:]) for moment in ("unanswered", "answered")]
    with servers.other_nodes("dying", programs=programs) as others:
        yield others


@pytest.mark.parametrize("dying", [0, 1])
async def test_the_last_word_before_a_death_is_found(cluster, some_people, dying):
    """Nothing rings after it: only the look at the heads can find it."""
    alice, bob = some_people(2)
    node = cluster.nodes[dying]
    async with Person(alice, [node, cluster.nodes[2]]) as speaker, Person(bob, [cluster.nodes[2]]) as listener:
        for _ in range(RINGS + 1):
            said = speaker.say("hello", to=bob.id)
            await until(lambda said=said: said.accepted_at or not node.is_running())
        await until(lambda: not node.is_running())
        assert node.process.returncode == CODE
        await listener.has(RINGS + 1)
        await speaker.has(RINGS + 1)
        assert len(listener.record.visits) == 1
        assert speaker.record.wrongs + listener.record.wrongs == []


async def test_nodes_die_between_commit_and_ring(cluster, talk, report):
    """It is stored, so it is found: by the look at the heads, and by whoever comes back. Sent again, it is the same."""
    dying = cluster.nodes[:2]
    deaths = {node.name: [] for node in dying}

    async with talk:
        await talk.during(*(keep_alive(node, talk.seconds, deaths[node.name]) for node in dying))
        figures = await talk.finish()
    report(figures)
    assert all(codes and set(codes) == {CODE} for codes in deaths.values()), deaths


async def keep_alive(node: Node, seconds: float, codes: list[int]) -> None:
    """As a supervisor would; in the end as a node that lives. `codes` are what it ended with."""
    clock = Clock()
    while clock.now < seconds:
        if not node.is_running():
            codes.append(node.process.returncode)
            await started(node)
        await asyncio.sleep(0.05)
    await asyncio.to_thread(node.kill)
    node.program = SERVE
    await started(node)
