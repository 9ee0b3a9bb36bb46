"""Calls of the REST API are counted over all nodes, and a Redis that is away holds nobody up."""

import contextlib
import http.client
import json
import re
import time
from itertools import pairwise
from statistics import median

import pytest

CALLS = 30
PATIENCE = 30  # seconds
REDIS_MAY_TAKE = 0.25  # seconds, after which a node counts for itself for a while


@pytest.fixture
def call(cluster, some_people):
    """call(0): ask node 0 who somebody is; how many calls are left to them."""
    (somebody,) = some_people(1)
    headers = {"Authorization": f"Token {somebody.token}"}

    def call(place: int) -> int:
        port = cluster.nodes[place % len(cluster.nodes)].port
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/api/v1/me", headers=headers)
            answer = connection.getresponse()
            assert answer.status == 200
            assert json.loads(answer.read())["id"] == somebody.id
            return int(re.search(r"r=(\d+)", answer.headers["RateLimit"])[1])

    return call


def counted_together(call) -> bool:
    """Whether calls that go from node to node are one count. At the turn of the minute it begins anew, once."""
    left = [call(place) for place in range(CALLS)]
    steps = [before - after for before, after in pairwise(left)]
    return len([step for step in steps if step != 1]) <= 1


def wait_until_counted_together(call) -> None:
    """A node that Redis did not answer at once, be it only for a busy machine, asks again when its pause is over."""
    until = time.monotonic() + PATIENCE
    while not counted_together(call):
        assert time.monotonic() < until


def seconds_of(call) -> list[float]:
    """How long each of many calls took."""
    waited = []
    for place in range(CALLS):
        began = time.monotonic()
        call(place)
        waited.append(time.monotonic() - began)
    return waited


def test_all_nodes_count_together(call):
    wait_until_counted_together(call)


def test_a_frozen_redis_holds_a_node_up_once_and_not_for_long(cluster, call):
    call(0)
    cluster.redis.freeze()
    try:
        waited = seconds_of(call)
        assert max(waited) < 2
        assert median(waited) < REDIS_MAY_TAKE
    finally:
        cluster.redis.thaw()
    wait_until_counted_together(call)


def test_a_redis_that_is_gone_refuses_nobody(cluster, call):
    cluster.redis.kill()
    assert median(seconds_of(call)) < REDIS_MAY_TAKE
