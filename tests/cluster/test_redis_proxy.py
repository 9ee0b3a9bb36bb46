"""A bad way to Redis: slow, in pieces, broken off in the middle of a command or an answer."""

import asyncio

import pytest

from imsite.proof.faults import Clock
from imsite.proof.redis_proxy import RedisProxy

from .conftest import BRIEFLY

DELAY = (0.2, 0.5)  # seconds, in each direction
ACCEPTED_WITHIN = 1.5  # seconds; Redis has no part in it
EVERY = 0.5  # seconds from one cut to the next


@pytest.fixture(scope="module")
def way(servers):
    with RedisProxy(servers.redis.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def seconds() -> float:
    return BRIEFLY


@pytest.fixture(scope="module")
def deployment(servers, way):
    with servers.other_nodes("proxied", settings={"REDIS_URL": way.url}) as others:
        yield others


async def test_redis_is_far_away(talk, report, way):
    """What is rung comes late; nobody who sends waits for it."""

    async def delay():
        way.delay = DELAY
        await asyncio.sleep(talk.seconds + 0.5)
        way.behave()

    async with talk:
        await talk.during(delay())
        figures = await talk.finish()
    report(figures)
    assert figures.p50 > 2 * DELAY[0], "the proxy delays nothing"
    assert figures.reconnects == 0
    assert max(said.waited for person in talk.people for said in person.record.said.values()) < ACCEPTED_WITHIN


async def test_redis_comes_in_pieces(talk, report, way):
    async def slices():
        way.sliced = True
        await asyncio.sleep(talk.seconds + 0.5)
        way.behave()

    async with talk:
        await talk.during(slices())
        figures = await talk.finish()
    report(figures)
    assert way.pieces > 50 * figures.sent
    assert figures.reconnects == 0
    assert figures.p50 < 0.5, "the bells do not ring; the look at the heads finds it all"


async def test_redis_breaks_off_in_the_middle(talk, report, way):
    """Half a command, half an answer: what was in it is lost, and nothing else is taken for it."""

    async def cuts():
        clock = Clock()
        while clock.now < talk.seconds + 0.5:
            await asyncio.sleep(EVERY)
            way.cut()
        way.behave()

    async with talk:
        await talk.during(cuts())
        figures = await talk.finish()
    report(figures)
    assert way.cuts > 2 * 3 * talk.seconds
    assert figures.reconnects == 0
