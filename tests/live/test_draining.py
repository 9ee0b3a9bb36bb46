"""SIGTERM: a real node lets everybody go, loses nothing of what was begun, and ends in time."""

import asyncio
import signal
import socket
import time
from contextlib import ExitStack, contextmanager

import pytest
import websockets
from django.db import connection, transaction

from imsite.localservers import Node

from .real_nodes import PATIENCE, asker, deaf, exit_code

QUEUE = 600  # connections that nobody has accepted yet: more than a server takes in a few turns of its loop


def refuses(node: Node) -> bool:
    """Whether the port is closed."""
    try:
        socket.create_connection(("127.0.0.1", node.port), timeout=0.2).close()
    except OSError:
        return True
    return False


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def nothing_can_be_written():
    """A request that writes takes as long as this lasts."""
    with transaction.atomic():  # of SQLite, this alone does it
        if connection.vendor == "postgresql":
            connection.cursor().execute("LOCK TABLE messages_store_ticket IN EXCLUSIVE MODE")
        yield


def test_a_request_in_flight_is_answered(alice, serve):
    node = serve()
    with asker(node, alice) as slow, asker(node) as other:
        with nothing_can_be_written():
            slow.send("POST", "/api/v1/tickets")
            assert other.ask("/healthz")[0] == 200  # the node has read both
            node.terminate()
            wait_until(lambda: refuses(node))
            assert other.end() == b""  # there is nobody else by now
            assert node.is_running()
        status, ticket, last = slow.answer()
        assert (status, last) == (201, True)
        assert ticket["ticket"]
        assert slow.end() == b""
    assert node.process.wait(PATIENCE) == 0


def test_a_kept_alive_connection_is_told_to_go(serve):
    """Who asks often is told by an answer; who does not, by the connection's end, which is no reset."""
    node = serve(IM_DRAIN_SECONDS="60")
    with asker(node) as busy, asker(node) as idle:
        idle.ask("/healthz")
        node.terminate()
        last = False
        while not last:
            status, _, last = busy.ask("/healthz")
            assert status == 200
            time.sleep(0.02)
        assert refuses(node)
        assert busy.end() == idle.end() == b""
    assert node.process.wait(PATIENCE) == 0


def test_whoever_waits_to_be_accepted_at_that_moment_is_answered(serve):
    """The kernel lets them in by itself. A port that is closed at once resets them, whatever they have sent."""
    node = serve()
    node.freeze()
    with ExitStack() as stack:
        address = ("127.0.0.1", node.port)
        waiting = [stack.enter_context(socket.create_connection(address, PATIENCE)) for _ in range(QUEUE)]
        for each in waiting:
            each.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        node.terminate()
        node.thaw()
        answers = [each.recv(100) for each in waiting]
    assert {answer[:15] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert node.process.wait(PATIENCE) == 0


async def test_in_its_grace_a_node_works_on_but_is_not_ready(alice, bob, serve, dial):
    """A balancer has time to notice, and sends new sockets elsewhere; who is here already stays to the end of it."""
    node = serve(IM_DRAIN_GRACE_SECONDS="6", IM_DRAIN_SECONDS="20")  # all that follows happens within it
    a, b = await dial(node, alice), await dial(node, bob)
    with asker(node) as before:
        assert before.ask("/readyz")[0] == 200
        node.terminate()
        while (answer := before.ask("/readyz"))[0] == 200:
            pass
    assert (answer[0], answer[1]["ready"], answer[1]["draining"]) == (503, False, True)
    with asker(node, alice) as fresh:
        assert fresh.ask("/readyz")[0] == 503
        assert fresh.ask("/api/v1/me")[:2] == (200, fresh.ask("/api/v1/me")[1])
    with pytest.raises(websockets.InvalidStatus) as refused:
        await dial(node, alice)
    assert refused.value.response.status_code == 503
    await a.tell("still here", to=bob.pk)
    assert (await b.next())["message"]["body"] == "still here"
    assert (await a.ended())[0] == (await b.ended())[0] == 4000
    assert await exit_code(node) == 0


@pytest.mark.parametrize("waiting", [10, 60])
async def test_a_slow_client_gets_its_bye(alice, bob, serve, dial, waiting):
    """It has not read for longer than a client may take to answer the close. What waits for it fits into the buffers
    of the machine, or does not.
    """
    node = serve(IM_SEND_SECONDS="30", IM_DRAIN_SECONDS="15")
    a, b = await dial(node, alice), await deaf(dial, node, bob)
    for _ in range(waiting):
        await a.tell("😀" * 15_000, to=bob.pk)
    node.terminate()
    assert (await a.ended())[0] == 4000
    await asyncio.sleep(3)
    assert node.is_running()
    code, bye = await b.ended()
    assert (code, bye["type"]) == (4000, "bye")
    assert await exit_code(node) == 0


async def test_a_client_that_was_busy_sending_gets_its_bye(alice, bob, serve, dial):
    node = serve(IM_DRAIN_SECONDS="10")
    a = await dial(node, alice)

    async def talk():
        while True:
            for _ in range(100):
                await a.socket.send('{"type":"ping"}')
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    await a.wait_for("pong")
    began = time.monotonic()
    node.terminate()
    code, bye = await a.ended()
    assert (code, bye["type"]) == (4000, "bye")
    with pytest.raises(websockets.ConnectionClosed):
        await talking
    assert time.monotonic() - began < 5
    assert await exit_code(node) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_second_signal_ends_at_once(alice, bob, serve, dial, number):
    node = serve(IM_SEND_SECONDS="60", IM_DRAIN_SECONDS="60")
    a, b = await dial(node, alice), await deaf(dial, node, bob)
    for _ in range(60):
        await a.tell("😀" * 15_000, to=bob.pk)
    node.terminate()
    assert (await a.ended())[0] == 4000
    assert node.is_running()
    node.process.send_signal(number)
    assert await exit_code(node, 10) == 128 + number  # of the 60 s that it had
    assert b


async def test_those_who_are_sent_away_come_back_one_behind_the_other(alice, serve, dial):
    node = serve(IM_RETURNS_PER_SECOND="2")
    with ExitStack() as stack:
        stack.callback(node.stop)
        devices = [await dial(node, alice) for _ in range(3)] + [await dial(node, alice, hello=False)]
        node.terminate()
        byes = [(await each.ended())[1] for each in devices]
    assert sorted(bye["reconnect_after"] for bye in byes) == [0.5, 1, 1.5, 2]


def test_nobody_is_left(serve):
    """Without anybody there, a node waits for nothing."""
    node = serve(IM_DRAIN_SECONDS="60")
    began = time.monotonic()
    node.terminate()
    assert node.process.wait(10) == 0
    assert time.monotonic() - began < 5
