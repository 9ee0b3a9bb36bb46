"""A node that is alive and does nothing: SIGSTOP, a machine that swaps, a virtual machine that is moved."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import psycopg
import pytest
from websockets.asyncio.client import connect

from imsite.localservers import Node
from imsite.proof.faults import Clock, frozen
from imsite.proof.people import Person
from imsite.proof.talk import Talk
from imsite.proof.waiting import until_empty

from .conftest import SECONDS

BEAT = 1  # seconds; a node has lapsed after three
UNDISTURBED_WITHIN = 6  # seconds from saying to receiving: what the node had locked is free again after two
HOLDS_LOCKS = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND state = 'idle in transaction'"
SWEPT = "SELECT name FROM chat_node WHERE name = %s"
NOT_ONE = """
    SELECT u.id, count(c.id) FROM messages_store_user u LEFT JOIN chat_connection c ON c.user_id = u.id
    WHERE u.id = ANY(%s) GROUP BY u.id HAVING count(c.id) <> 1"""


@pytest.fixture(scope="module")
def deployment(servers):
    settings = {"IM_BEAT_SECONDS": str(BEAT), "IM_SESSION_POLICY": "agent:newest_only"}
    with servers.other_nodes("short-of-breath", settings=settings) as others:
        yield others


@pytest.fixture
def heartbeat():
    """Twice that without a sign of life, and people go elsewhere."""
    return SECONDS / 4


@pytest.fixture
def ask(cluster):
    """ask("SELECT …", …): what the database says."""

    async def ask(query: str, *parameters) -> list[tuple]:
        def answer():
            with psycopg.connect(cluster.postgres.url()) as database:
                return database.execute(query, parameters).fetchall()

        return await asyncio.to_thread(answer)

    return ask


@asynccontextmanager
async def frozen_with_locks(node: Node, ask) -> AsyncIterator[None]:
    """Frozen in the middle of a transaction, which is the worst moment: others wait for what it has locked."""
    for _ in range(500):
        node.freeze()
        if await ask(HOLDS_LOCKS, f"imsite {node.name}"):
            break
        node.thaw()
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("The node was never met in a transaction.")
    yield
    node.thaw()


async def test_a_node_is_frozen(cluster, talk, report, heartbeat, ask):
    """Its people go elsewhere by themselves, the others notice nothing, and when it wakes up nobody is there twice."""
    node = cluster.nodes[0]
    moved = []

    async def freeze():
        clock = Clock()
        await clock.until(1)
        async with frozen_with_locks(node, ask):
            began = time.monotonic()
            async with asyncio.timeout(60):
                await until_empty(lambda: people_at(talk, node.name))
                moved.append(time.monotonic() - began)
                await until_empty(lambda: ask(SWEPT, node.name))
            await clock.until(talk.seconds + 1)

    async with talk:
        await talk.during(freeze())
        figures = await talk.finish()
        async with asyncio.timeout(10):
            await until_empty(lambda: ask(NOT_ONE, [person.id for person in talk.everybody]))
    report(figures)
    assert moved[0] < 2 * heartbeat + 3
    assert not disturbed(talk, node.name)


async def people_at(talk: Talk, name: str) -> list[Person]:
    """Who is connected there, or was last and is nowhere yet."""
    return [person for person in talk.everybody if person.record.visits[-1].node == name]


def disturbed(talk: Talk, name: str) -> list[str]:
    """What became late between people who had never to do with this node; and who of them lost a connection."""
    others = {p.id: p for p in talk.people if p.record.visits[0].node != name}
    wrong = [p.record.name for p in others.values() if len(p.record.visits) > 1]
    said = {one.client_id: one for person in others.values() for one in person.record.said.values()}
    for person in others.values():
        for entry in person.record.entries:
            if entry.client_id in said and entry.at - said[entry.client_id].at > UNDISTURBED_WITHIN:
                wrong.append(f"{entry.body} after {entry.at - said[entry.client_id].at:.2f} s")
    return wrong


async def test_who_stays_with_a_frozen_node_goes_on_when_it_wakes_up(cluster, some_people, ask):
    """With what was said meanwhile, though the node was taken for dead; unless a newer connection took the place."""
    node, other = cluster.nodes[:2]
    alice, bob, dora = some_people(3)
    await ask("UPDATE messages_store_user SET kind = 'agent' WHERE id = %s RETURNING id", dora.id)
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(Person(alice, [other]))
        patient = await stack.enter_async_context(Person(bob, [node]))
        older = await stack.enter_async_context(
            connect(node.ws_url, additional_headers={"Authorization": f"Token {dora.token}"}, proxy=None)
        )
        await older.send('{"type": "hello", "device": {"id": "older", "kind": "bot"}}')
        await older.recv()
        async with frozen(node):
            async with asyncio.timeout(10):
                await until_empty(lambda: ask(SWEPT, node.name))
            newer = await stack.enter_async_context(Person(dora, [other]))
            speaker.say("Are you there?", to=bob.id)
            await speaker.has(1)
        await patient.has(1)
        assert len(patient.record.visits) == 1
        async with asyncio.timeout(15):
            await older.wait_closed()
        assert older.close_code == 4503
        async with asyncio.timeout(10):
            await until_empty(lambda: ask(NOT_ONE, [alice.id, bob.id, dora.id]))
        assert len(newer.record.visits) == 1
        assert patient.record.wrongs + newer.record.wrongs + speaker.record.wrongs == []
