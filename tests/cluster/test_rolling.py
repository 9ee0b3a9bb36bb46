"""Rolling restarts: nobody who talks and no program that asks notices more than a `bye`."""

import http.client
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from imsite.localservers import Node, free_port
from imsite.localservers.program import Program
from imsite.proof.http_load import HttpLoad

from .rolling import CALLERS, assert_nobody_noticed, roll, summary


async def test_nodes_are_restarted_in_turn(cluster, talk, some_people, report):
    """IM_TEST_CLUSTER_SECONDS=30: ten rounds. Whoever is refused by a node that is away asks the next one."""
    load = HttpLoad.of(some_people(CALLERS), [node.port for node in cluster.nodes])
    restarts, figures = await roll(cluster, talk, load)
    print(summary(load.tally, restarts))
    report(figures)
    assert_nobody_noticed(talk, load.tally, restarts)
    assert load.tally.last_answers > 0, "nobody was told that this is the last answer on a kept-alive connection"


@contextmanager
def frozen_with_its_children(server: Program) -> Iterator[None]:
    """Each backend of PostgreSQL leads a process group of its own."""
    family = server.pids()
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def own_node(cluster, tmp_path):
    environment = cluster.nodes[0].env | {"NODE_NAME": "own", "IM_DRAIN_SECONDS": "4"}
    with Node(free_port(), environment, tmp_path / "own.log") as running:
        yield running


@pytest.mark.parametrize("signals", [1, 2])
def test_a_node_ends_in_time_though_postgresql_hangs(cluster, own_node, some_people, signals):
    """Threads that wait for an answer cannot be stopped, and Python would wait for them at its end."""
    (account,) = some_people(1)
    asked = http.client.HTTPConnection("127.0.0.1", own_node.port)
    asked.request("GET", "/api/v1/me", headers={"Authorization": f"Token {account.token}"})
    assert asked.getresponse().status == 200
    with frozen_with_its_children(cluster.postgres):
        asked.request("POST", "/api/v1/tickets", headers={"Authorization": f"Token {account.token}"})
        began = time.monotonic()
        own_node.terminate()
        if signals == 2:
            while "Stopping" not in own_node.log_tail():
                time.sleep(0.02)
            began = time.monotonic()
            own_node.terminate()
        own_node.process.wait(10)
        assert time.monotonic() - began < (1 if signals == 2 else 4.5)
    asked.close()
