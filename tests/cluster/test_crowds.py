"""Clients that come in crowds, and those that read nothing."""

import asyncio
from contextlib import AsyncExitStack

import psutil
import pytest

from imsite.localservers import Node
from imsite.proof.crowd import Deaf, all_of, caught_up, raise_file_limit
from imsite.proof.people import Person
from imsite.proof.store import Store
from imsite.proof.talk import PEOPLE, STRANGERS, Talk
from imsite.proof.waiting import until

from .order import accepted_order

MEGABYTE = 1024**2
DEAF, MOST = 100, 50 * MEGABYTE
TALKERS, LONG, AT_A_TIME = (
    20,
    32,
    4,
)  # long messages that each of these says: a window of them, 1.3 MB, comes to a deaf device
STORM, OWED = 150, 3
BACK_WITHIN = 30  # seconds, as is promised for 2,000


@pytest.fixture(autouse=True)
def many_files():
    raise_file_limit()


def memory(node: Node) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in node.pids())


async def say_long_things(talk: Talk) -> None:
    """A few turns at a time, which a slow machine too has behind it within the patience of whoever sends."""
    for turn in range(1, LONG + 1):
        for who in range(TALKERS):
            talk.say(who, "x" * 20_000)
        if turn % AT_A_TIME == 0:
            await talk.converge()


async def test_the_deaf_cost_little_and_nobody_waits_for_them(cluster, some_people, report):
    """They are other devices of people who talk, all at one node: what is written to them piles up too."""
    people = some_people(PEOPLE + STRANGERS)
    talk = Talk(people, cluster.nodes, database=cluster.postgres.url(), seconds=3)
    node = cluster.nodes[0]
    async with talk, AsyncExitStack() as stack:
        await say_long_things(talk)  # what that takes by itself
        before = memory(node)
        await all_of(stack, [Deaf(account, node) for account in people[:TALKERS] * (DEAF // TALKERS)])
        await say_long_things(talk)
        await talk.during()
        assert memory(node) - before < MOST
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0


async def test_a_killed_nodes_people_are_all_back_and_have_everything(cluster, some_people):
    """Their node dies, they are written to, and all of them come to the other nodes at once."""
    (writer,), accounts, dying = some_people(1), some_people(STORM), cluster.nodes[0]
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(Person(writer, cluster.nodes, home=1))
        people = await all_of(stack, [Person(account, cluster.nodes) for account in accounts])
        dying.kill()
        for turn in range(OWED):
            for person in people:
                speaker.say(f"message {turn}", to=person.id)
            await until(lambda: len(speaker.record.waiting) < 50)
        async with asyncio.timeout(BACK_WITHIN):
            await until(lambda: caught_up(people, OWED))
            await speaker.has(OWED * STORM)
    records = [person.record for person in (speaker, *people)]
    assert [wrong for record in records for wrong in record.wrongs] == []
    for person in people:
        # Who did not get into a busy node at first was at another one, and stayed.
        assert len(person.record.visits) == (2 if person.record.visits[0].node == dying.name else 1)
        bodies = [entry.body for entry in person.record.entries]
        assert bodies == accepted_order(speaker, to=person.id)
        assert sorted(bodies) == [f"message {turn}" for turn in range(OWED)]
    assert Store(cluster.postgres.url(), [record.user_id for record in records]).wrongs() == []
