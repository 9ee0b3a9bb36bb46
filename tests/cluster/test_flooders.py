"""Clients that send without end."""

from contextlib import AsyncExitStack
from urllib.request import urlopen

import pytest

from imsite.localservers import Node
from imsite.proof.crowd import Flooder, all_of, raise_file_limit
from imsite.proof.store import Store

FLOODERS = 10
# Who sends no more than this for long is never closed. On a busy machine a node takes a few hundred a second of each
# of them at the most, so the limit is below that.
FRAMES_PER_SECOND = 40


@pytest.fixture(autouse=True)
def many_files():
    raise_file_limit()


@pytest.fixture(scope="module")
def deployment(servers):
    with servers.other_nodes("strict", settings={"IM_FRAMES_PER_SECOND": str(FRAMES_PER_SECOND)}) as others:
        yield others


def floods_closed(node: Node) -> int:
    """How many connections the node has closed with 4008, as it says itself."""
    with urlopen(f"{node.url}/metrics", timeout=10) as answer:  # noqa: S310 (our own node)
        lines = answer.read().decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith('imsite_closed_total{code="4008"}'))


async def test_flooders_are_refused_and_closed_and_neighbours_lose_nothing(cluster, talk, some_people, report):
    """Each sends as fast as the node takes it; who is flooded gets exactly what was accepted, once and in order."""
    accounts, (victim,) = some_people(FLOODERS), some_people(1)
    node = cluster.nodes[0]
    flooders, before = [Flooder(account, node, victim=victim) for account in accounts], floods_closed(node)
    async with talk, AsyncExitStack() as stack:
        await all_of(stack, flooders)
        await talk.during(*(flooder.is_closed() for flooder in flooders))
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert floods_closed(node) - before == FLOODERS
    # Who still writes when the node has gone may find the socket broken before it reads why.
    assert {flooder.ended for flooder in flooders} <= {4008, None}
    assert all(flooder.told["error rate_limited"] for flooder in flooders)
    store = Store(cluster.postgres.url(), [account.id for account in accounts])
    assert store.wrongs() == []
    assert store.stored() >= sum(flooder.told["accepted"] for flooder in flooders) > 0
