"""The same on another ASGI server. All of these tests run on it with IM_TEST_SERVER=uvicorn."""

import signal

import pytest

from imsite.localservers.node import UVICORN
from imsite.proof.faults import nodes_killed, nodes_stopped

from .conftest import BRIEFLY


@pytest.fixture(scope="module")
def seconds() -> float:
    return BRIEFLY


@pytest.fixture(scope="module")
def deployment(servers):
    with servers.other_nodes("uvicorn", programs=[UVICORN] * 3) as others:
        yield others


async def test_everybody_gets_everything_once_and_in_order_on_uvicorn(talk, report):
    async with talk:
        await talk.during()
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert figures.p50 < 0.5, "the bells do not ring; the look at the heads finds it all"


async def test_a_node_on_uvicorn_is_killed_every_three_seconds(cluster, talk, report):
    async with talk:
        await talk.during(nodes_killed(cluster, talk.seconds))
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects > 0


async def test_a_node_on_uvicorn_is_stopped_under_load(cluster, talk, report):
    """SIGTERM: everybody hears `bye` 4000 before uvicorn closes what is still open, with a code of its own."""
    codes = []

    async def stop():
        codes.extend(await nodes_stopped(cluster, talk.seconds))

    async with talk:
        await talk.during(stop())
        figures = await talk.finish()
    report(figures)
    assert codes == [-signal.SIGTERM] * 2, "uvicorn gives itself the signal again when all is done"
    ends = {visit.code for person in talk.everybody for visit in person.record.visits} - {None}
    assert ends == {4000}, "a close without `bye`, or a broken connection"
