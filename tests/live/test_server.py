"""A node as a process of its own: what only the real server shows. The same on both bases."""

import asyncio
import http.client
import json
import socket
import time
from contextlib import ExitStack, closing, suppress
from uuid import uuid4

import psutil
import pytest
import websockets

from imsite.localservers import Node, Redis
from messages_store.models import Message

from .conftest import eventually
from .real_nodes import PATIENCE, SEND_SECONDS, Client, assert_quiet, deaf, exit_code, make_node

MEGABYTE = 1_048_576
LARGE = "x" * 15_000  # with `data` of this, a frame has some 60 kB
NOBODY = "127.0.0.1:9"  # the port of `discard`: nobody listens there


@pytest.fixture(scope="module")
def shared(tmp_path_factory, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        node = make_node(tmp_path_factory.mktemp("shared"), "shared")
    yield node
    node.stop()


@pytest.fixture
def running(shared, fast) -> Node:
    """A node that runs on for the next test."""
    before = len(shared.log_path.read_text())
    yield shared
    assert_quiet(shared.log_path.read_text()[before:])


def memory(node: Node) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in node.pids())


def peers(node: Node) -> set[int]:
    """The ports of whoever is connected to it."""
    connections = psutil.Process(node.process.pid).net_connections("tcp")
    return {found.raddr.port for found in connections if found.raddr and found.laddr.port == node.port}


def get(node: Node, path: str, **headers: str) -> tuple[int, dict]:
    asked = http.client.HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
    try:
        asked.request("GET", path, headers=headers)
        response = asked.getresponse()
        return response.status, json.loads(response.read())
    finally:
        asked.close()


async def test_two_talk_and_are_bounded_both_ways(alice, bob, running, dial):
    """A flood into the node, whose answers all come, costs no memory; nor does a client that reads none of them."""
    a, b = await dial(running, alice), await dial(running, bob)
    await a.tell("hello", to=bob.pk)
    assert (await b.next())["message"]["body"] == "hello"
    before = memory(running)

    async def flood():
        for _ in range(20_000):
            await b.socket.send('{"type":"ping"}')

    flooding = asyncio.create_task(flood())
    for _ in range(20_000):
        assert (await b.next())["type"] == "pong"
    await flooding

    for _ in range(300):
        await b.socket.send('{"type":"explode","t":"%s"}' % ("x" * 60_000))
        assert (await b.next())["code"] == "invalid"
    assert memory(running) - before < 16 * MEGABYTE
    await a.tell("still here", to=bob.pk)
    assert (await b.next())["message"]["body"] == "still here"


def post(node: Node, megabytes: int, *, chunked: bool = False) -> tuple[int, dict]:
    """POST so much to somewhere; what is answered."""
    body = (b"x" * MEGABYTE for _ in range(megabytes))
    length = {} if chunked else {"Content-Length": str(megabytes * MEGABYTE)}
    asked = http.client.HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
    try:
        asked.request("POST", "/api/v1/tickets", body=body, headers=length, encode_chunked=chunked)
        response = asked.getresponse()
        return response.status, json.loads(response.read())
    finally:
        asked.close()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_refused_and_not_kept(running, chunked):
    assert (await asyncio.to_thread(post, running, 1, chunked=chunked))[0] == 401
    before = memory(running)
    refused = [await asyncio.to_thread(post, running, 8, chunked=chunked) for _ in range(3)]
    assert [(status, body["code"]) for status, body in refused] == [(413, "too_large")] * 3
    assert memory(running) - before < 6 * MEGABYTE


async def test_a_body_without_end_is_cut_off(running):
    with pytest.raises(ConnectionError):
        await asyncio.to_thread(post, running, 200)


async def test_who_floods_and_never_reads_is_cut_off(alice, bob, running, dial):
    a, b = await dial(running, alice), await deaf(dial, running, bob)
    before = memory(running)
    started = time.monotonic()
    frame = json.dumps({"type": "ping", "t": "x" * 128})

    async def flood():
        with suppress(websockets.ConnectionClosed):
            while True:
                await b.socket.send(frame)

    flooding = asyncio.create_task(flood())
    answers = 0
    while not flooding.done():  # meanwhile the others are answered
        await a.send(type="ping", t=1)
        await a.wait_for("pong")
        answers += 1
        await asyncio.sleep(0.05)
    await flooding
    assert answers > 1
    assert time.monotonic() - started > SEND_SECONDS * 0.9
    assert memory(running) - before < 16 * MEGABYTE


async def test_who_never_reads_what_others_send_is_cut_off(alice, bob, running, dial):
    a, b = await dial(running, alice), await deaf(dial, running, bob)
    await a.tell("first", to=bob.pk)
    before = memory(running)
    for _ in range(200):
        await a.tell("😀" * 15_000, to=bob.pk)
    port = b.socket.local_address[1]
    await eventually(lambda: port not in peers(running))
    assert memory(running) - before < 16 * MEGABYTE
    assert (await b.ended())[0] == 1006
    again = await dial(running, bob)
    assert (await again.next())["seq"] == 1


async def test_a_stopping_node_says_bye_to_everybody(alice, bob, charlie, serve, dial):
    """After the hello, before it, and with a half-sent request beside them."""
    node = serve()
    half = socket.create_connection(("127.0.0.1", node.port))
    half.sendall(b"POST /api/v1/conversations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf")
    half_upgraded = socket.create_connection(("127.0.0.1", node.port))
    half_upgraded.sendall(b"GET /ws/v1/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: webso")
    clients = [await dial(node, alice), await dial(node, bob), await dial(node, charlie, hello=False)]
    await clients[0].tell("x", to=bob.pk)
    node.terminate()
    for client in clients:
        code, bye = await client.ended()
        assert (code, bye["type"], bye["code"]) == (4000, "bye", 4000)
    assert await exit_code(node) == 0
    for each in (half, half_upgraded):
        each.close()


async def test_what_was_accepted_before_the_end_is_stored(alice, bob, serve, dial, store):
    node = serve()
    a = await dial(node, alice)
    for n in range(200):
        await a.send(type="send", client_id=str(uuid4()), body=str(n), to=bob.pk)
    await a.wait_for("accepted")
    node.terminate()
    accepted = 1
    with suppress(websockets.ConnectionClosed):
        while True:
            accepted += (await a.next())["type"] == "accepted"
    assert await exit_code(node) == 0
    assert await store(Message.objects.count) >= accepted


async def test_a_deaf_client_holds_up_no_shutdown(alice, bob, serve, dial):
    node = serve(IM_SEND_SECONDS="60", IM_DRAIN_SECONDS="4")
    a, b = await dial(node, alice), await deaf(dial, node, bob)
    for _ in range(60):
        await a.tell("😀" * 15_000, to=bob.pk)
    node.terminate()
    assert (await a.ended())[0] == 4000
    assert await exit_code(node) == 0
    assert b


def test_a_port_that_is_taken_is_said_in_one_sentence(running, tmp_path):
    second = Node(running.port, running.env, tmp_path / "second.log").start()
    assert second.process.wait(20) != 0
    assert f"Cannot listen on 127.0.0.1:{running.port}" in second.log_tail()
    assert "Traceback" not in second.log_tail()
    second.stop()


async def test_frames_that_the_server_itself_refuses(alice, bob, running, dial):
    """More than a megabyte, and text that is no UTF-8: the socket ends, and nobody else notices."""
    neighbour = await dial(running, bob)
    a = await dial(running, alice)
    await a.socket.send("x" * 2 * MEGABYTE)
    assert (await a.ended())[0] == 4500
    a = await dial(running, alice)
    await a.socket.send(b'{"type":"ping","t":"\xff\xfe"}', text=True)
    assert (await a.ended())[0] == 4500
    for frame in (b"", b"\x00", "", "{", "x" * 70_000):
        a = await dial(running, alice)
        await a.socket.send(frame)
        code, bye = await a.ended()
        assert (code, bye["type"]) == (4500, "bye")
    a = await dial(running, alice)
    await a.socket.send(['{"type":', '"ping"', "}"])  # in fragments
    assert (await a.next())["type"] == "pong"
    await neighbour.send(type="ping")
    assert (await neighbour.next())["type"] == "pong"


@pytest.mark.parametrize("size", [1, 125, 126, 127, 65_000])
async def test_frames_of_any_length_arrive_whole(alice, bob, running, dial, size):
    a, b = await dial(running, alice), await dial(running, bob)
    await a.tell("é" + "x" * (size // 4), to=bob.pk, data={"a": "x" * (size // 16)})
    assert (await b.next())["message"]["body"] == "é" + "x" * (size // 4)


async def test_addresses_without_a_socket_are_refused(alice, running):
    for path in ("/", "/ws/", "/ws/v1", "/ws/v2/", "/api/v1/me", "/a%0Ab", "/%ff", "/ws/v1/x"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://127.0.0.1:{running.port}{path}")
        assert refused.value.response.status_code == 403, path


async def test_who_may_not_connect_sees_why(alice, running, dial):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(
            running.ws_url, origin="http://evil.example", additional_headers={"Cookie": "sessionid=" + "x" * 32}
        )
    assert refused.value.response.status_code == 403
    nobody = Client(await websockets.connect(running.ws_url))
    code, bye = await nobody.ended()
    assert (code, bye["code"]) == (4501, 4501)


def test_a_healthy_node_says_so(running):
    assert get(running, "/healthz") == (200, {"alive": True})
    status, state = get(running, "/readyz")
    assert (status, state["ready"], state["store"], state["layer"], state["node"]) == (200, True, True, True, "shared")
    assert state["worker"] is True


def test_health_needs_no_host_name_of_ours(running):
    assert get(running, "/healthz", Host="10.1.2.3")[0] == 200
    assert get(running, "/readyz", Host="10.1.2.3")[0] == 200


def test_a_node_says_what_it_misses(serve):
    with Redis() as redis:
        node = serve(REDIS_URL=redis.url)
        deadline = time.monotonic() + PATIENCE
        while get(node, "/readyz")[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        redis.kill()
        deadline = time.monotonic() + PATIENCE
        while (answer := get(node, "/readyz"))[0] == 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert answer[0] == 503
    assert (answer[1]["ready"], answer[1]["store"], answer[1]["layer"]) == (False, True, False)
    assert get(node, "/healthz")[0] == 200


def test_a_node_without_a_store_says_so_and_lives(serve):
    node = serve(DATABASE_URL=f"postgres://nobody:x@{NOBODY}/nothing", IM_STORE_SECONDS="1")
    status, state = get(node, "/readyz")
    assert (status, state["ready"], state["store"], state["worker"]) == (503, False, False, None)
    assert get(node, "/healthz")[0] == 200


def test_hundreds_who_come_while_a_node_is_busy_are_not_turned_away(serve):
    """With a short queue of the kernel's their first packets would be dropped, and come again after seconds."""
    node = serve()
    node.freeze()
    with ExitStack() as stack:
        stack.callback(node.thaw)
        for _ in range(400):
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", node.port), timeout=0.9)))
