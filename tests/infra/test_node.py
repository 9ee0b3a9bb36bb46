"""A node as a process: what the cluster tests build on."""

import pytest

from imsite.localservers import Node, free_port


@pytest.fixture
def node(tmp_path):
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path}/node.sqlite3", "REDIS_URL": "", "NODE_NAME": "a"}
    with Node(free_port(), environment, tmp_path / "node.log") as running:
        yield running


def test_a_node_can_be_frozen_killed_and_started_again_on_its_port(node):
    assert len(node.pids()) == 1
    node.freeze()
    assert not node._answers()
    node.thaw()
    node.wait_ready()
    node.kill()
    assert not node.is_running()
    node.start().wait_ready()


def test_a_node_that_is_told_to_stop_ends_by_itself(node):
    process = node.process
    node.terminate()
    node.stop()
    assert process.returncode == 0, node.log_tail()


def test_a_port_that_is_taken_ends_the_second_node(node, tmp_path):
    second = Node(node.port, node.env, tmp_path / "second.log").start()
    assert second.process.wait(20) != 0
    second.stop()
