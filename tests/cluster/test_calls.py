"""Calls of the REST API are counted over all nodes, and a Redis that is away holds nobody up."""

import contextlib
import http.client
import json
import re
import time
from itertools import pairwise

import pytest

CALLS = 30
PATIENCE = 30  # seconds


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


def test_all_nodes_count_together(call):
    assert counted_together(call)


def test_a_frozen_redis_holds_a_node_up_once_and_not_for_long(cluster, call):
    call(0)
    cluster.redis.freeze()
    try:
        waited = []
        for place in range(CALLS):
            began = time.monotonic()
            call(place)
            waited.append(time.monotonic() - began)
        assert max(waited) < 2
        assert sum(waited) < 5
    finally:
        cluster.redis.thaw()
    until = time.monotonic() + PATIENCE
    while not counted_together(call):  # each node asks Redis again when its pause is over
        assert time.monotonic() < until


def test_a_redis_that_is_gone_refuses_nobody(cluster, call):
    cluster.redis.kill()
    began = time.monotonic()
    for place in range(CALLS):
        call(place)
    assert time.monotonic() - began < 5
