"""A client that does not read: what waits for it is bounded, nobody waits for it, and it leaves nothing behind."""

import asyncio
import json

import pytest

from chat.consumers import ChatConsumer
from messages_store import publish
from messages_store.services import resuming, sending

from .conftest import PATIENCE, eventually, signed


class Socket:
    """A socket whose client reads only when it is told to."""

    def __init__(self, node, headers):
        self.frames: list[dict] = []
        self._input: asyncio.Queue[dict] = asyncio.Queue()
        self._reads = asyncio.Event()
        self._reads.set()
        self._input.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": "/ws/v1/", "query_string": b"", "headers": headers}
        self.application = asyncio.create_task(ChatConsumer.as_asgi(node=node)(scope, self._input.get, self._send))

    async def _send(self, message: dict) -> None:
        await self._reads.wait()
        self.frames.append(json.loads(message["text"]) if "text" in message else message)

    def stop_reading(self) -> None:
        self._reads.clear()

    def read_on(self) -> None:
        self._reads.set()

    def say(self, *frames: dict | str) -> None:
        for frame in frames:
            text = frame if isinstance(frame, str) else json.dumps(frame)
            self._input.put_nowait({"type": "websocket.receive", "text": text})

    @property
    def unread(self) -> int:
        """Frames that the node has not taken."""
        return self._input.qsize()

    def seen(self, type: str) -> list[dict]:
        return [frame for frame in self.frames if frame["type"] == type]

    async def has(self, type: str, count: int = 1) -> list[dict]:
        await eventually(lambda: len(self.seen(type)) >= count)
        return self.seen(type)

    async def leave(self) -> None:
        self._input.put_nowait({"type": "websocket.disconnect", "code": 1006})
        async with asyncio.timeout(PATIENCE):
            await self.application


@pytest.fixture(autouse=True)
def no_limits(settings):
    """A flood is to meet what waits for the client, not what a client may send."""
    settings.IM_FRAMES_PER_SECOND = 1_000_000
    settings.IM_BYTES_PER_SECOND = 1_000_000_000


@pytest.fixture
async def open_socket(node):
    sockets = []

    def open(user) -> Socket:
        sockets.append(socket := Socket(node, signed(user)))
        return socket

    yield open
    for socket in sockets:
        socket.read_on()
        if not socket.application.done():
            await socket.leave()


@pytest.fixture
async def slow(open_socket, bob):
    """Bob, who has said hello and reads nothing more."""
    socket = open_socket(bob)
    socket.say({"type": "hello"})
    await socket.has("welcome")
    socket.stop_reading()
    return socket


def connection_of(node, user):
    (connection,) = (connection for connection in node.connections() if connection.user_id == user.pk)
    return connection


@pytest.mark.parametrize("flood", ['{"type":"ping"}', '{"type":"explode"}', '{"type":"hello"}'])
async def test_who_does_not_read_is_not_listened_to(alice, bob, slow, node, connect, flood):
    """A flood of what has an answer: the node stops reading, and the answers that wait are bounded."""
    a = await connect(alice)
    slow.say(*[flood] * 5_000)
    await eventually(lambda: slow.unread < 5_000)
    for _ in range(10):
        await a.pong()
    assert slow.unread > 4_500
    assert len(connection_of(node, bob)._frames) <= 200
    slow.read_on()
    await slow.has("error" if "ping" not in flood else "pong", 5_000)


async def test_sends_of_who_does_not_read_are_bounded(alice, bob, slow, node, connect, settings):
    settings.IM_PENDING_SENDS = 20
    a = await connect(alice)
    for n in range(1_000):
        slow.say({"type": "send", "client_id": f"{n:032x}", "body": "x", "to": alice.pk})
    await eventually(lambda: slow.unread < 1_000)
    for _ in range(10):
        await a.pong()
    connection = connection_of(node, bob)
    assert len(connection._frames) + len(connection._pending) <= 250


async def test_events_for_who_does_not_read_are_one_window(alice, bob, slow, node, connect, settings):
    a = await connect(alice)
    for n in range(settings.IM_WINDOW + 50):
        await a.tell(str(n), to=bob.pk)
    await node.look()
    connection = connection_of(node, bob)
    assert len(connection._frames) <= settings.IM_WINDOW
    slow.read_on()
    seqs = [frame["seq"] for frame in await slow.has("message", settings.IM_WINDOW)]
    assert seqs == list(range(1, settings.IM_WINDOW + 1))


class TestLongEvents:
    """For who does not read they are left in the database, where a window of them would be megabytes here."""

    async def tell(self, a, bob, count):
        for n in range(count):
            await a.tell(str(n % 10) * 20_000, to=bob.pk)

    async def are_few_and_come_later(self, node, bob, socket, count):
        await node.look()
        assert sum(map(len, connection_of(node, bob)._frames)) < 200_000
        socket.read_on()
        assert [frame["seq"] for frame in await socket.has("message", count)] == list(range(1, count + 1))

    async def test_that_are_rung(self, alice, bob, slow, node, connect, settings):
        await self.tell(await connect(alice), bob, settings.IM_WINDOW)
        await self.are_few_and_come_later(node, bob, slow, settings.IM_WINDOW)

    async def test_that_are_read(self, alice, bob, open_socket, node, connect, settings):
        await self.tell(await connect(alice), bob, settings.IM_WINDOW)
        socket = open_socket(bob)
        await socket.has("websocket.accept")
        socket.stop_reading()
        socket.say({"type": "hello"})
        await eventually(lambda: node.connections_of(bob.pk) and len(connection_of(node, bob)._frames) > 1)
        await self.are_few_and_come_later(node, bob, socket, settings.IM_WINDOW)


async def test_hints_are_left_out(alice, bob, slow, node, layer, connect):
    a, neighbour = await connect(alice), await connect(bob)
    hints = {"type": publish.RING, "user": bob.pk, "hints": ['{"type":"typing"}'] * 50}
    for _ in range(10):
        await layer.group_send(publish.group_of(bob.pk), hints)
        for _ in range(50):
            await neighbour.expect("typing")
    slows = [connection for connection in node.connections() if connection.user_id == bob.pk]
    assert max(len(connection._frames) for connection in slows) <= 101
    await a.tell("x", to=bob.pk)
    slow.read_on()
    assert (await slow.has("message"))[0]["seq"] == 1  # events are not left out
    assert len(slow.seen("typing")) < 200


async def test_nobody_waits_for_who_does_not_read(alice, bob, charlie, slow, connect, node):
    a, other_device, c = await connect(alice), await connect(bob), await connect(charlie)
    slow.say(*['{"type":"ping"}'] * 1_000)
    for n in range(20):
        await a.tell(str(n), to=bob.pk)
        assert (await other_device.expect("message"))["message"]["body"] == str(n)
        await c.tell(str(n), to=alice.pk)
        await a.expect("message")
    assert await c.pong() == []


async def test_who_reads_no_bye_is_not_waited_for(bob, slow, node, settings):
    settings.IM_SEND_SECONDS = 0.1
    connection_of(node, bob).end(4500, "enough")
    slow.say("not read any more")
    await slow.leave()
    assert node.connections() == []


class TestLeaving:
    """Whenever it leaves, nothing of it stays."""

    @pytest.fixture(autouse=True)
    async def nothing_stays(self, node, open_socket):
        await asyncio.sleep(0)
        before = asyncio.all_tasks()
        yield
        here = {asyncio.current_task()}
        await eventually(lambda: not node.connections() and asyncio.all_tasks() - before - here <= set())
        assert not node._connections
        assert not node._meetings

    async def test_before_the_hello(self, bob, open_socket):
        socket = open_socket(bob)
        await socket.has("websocket.accept")
        await socket.leave()

    async def test_at_once(self, bob, open_socket):
        await open_socket(bob).leave()

    async def test_right_after_the_hello(self, bob, open_socket):
        socket = open_socket(bob)
        socket.say({"type": "hello"})
        await socket.leave()

    async def test_after_the_welcome(self, bob, open_socket):
        socket = open_socket(bob)
        socket.say({"type": "hello"})
        await socket.has("welcome")
        await socket.leave()

    async def test_while_it_does_not_read(self, slow):
        slow.say(*['{"type":"ping"}'] * 1_000)
        await eventually(lambda: slow.unread < 1_000)
        slow.application.cancel()  # as a server does with whom does not go
        with pytest.raises(asyncio.CancelledError):
            await slow.application

    async def test_during_a_refill(self, alice, bob, direct, draft, open_socket, store, watch):
        await store(sending.send, [draft(alice, direct, str(n)) for n in range(300)])
        page = watch(resuming, "inbox_pages")
        socket = open_socket(bob)
        socket.say({"type": "hello", "seq": 0})
        await eventually(lambda: page.calls)
        await socket.leave()

    async def test_with_sends_on_their_way(self, alice, bob, open_socket, watch):
        send = watch(sending, "send")
        socket = open_socket(bob)
        socket.say({"type": "hello"})
        for n in range(100):
            socket.say({"type": "send", "client_id": f"{n:032x}", "body": "x", "to": alice.pk})
        await eventually(lambda: send.calls)
        await socket.leave()

    async def test_while_an_event_is_held(self, alice, bob, direct, draft, open_socket, store, layer, settings, node):
        settings.IM_HOLD_SECONDS = 5
        socket = open_socket(bob)
        socket.say({"type": "hello"})
        await socket.has("welcome")
        sent = await store(sending.send, [draft(alice, direct, str(n)) for n in range(3)])
        await publish.ring(layer, {bob.pk: sent.events[bob.pk][1:]})
        await eventually(lambda: connection_of(node, bob).head == 3)
        await socket.leave()
        settings.IM_HOLD_SECONDS = 0.05

    async def test_malformed(self, bob, open_socket):
        socket = open_socket(bob)
        socket.say({"type": "hello"}, "x", "y", "z")
        await socket.has("bye")
        async with asyncio.timeout(PATIENCE):
            await socket.application

    async def test_many_at_once(self, alice, bob, open_socket):
        sockets = [open_socket(user) for user in (alice, bob) * 20]
        for socket in sockets:
            socket.say({"type": "hello"})
        await asyncio.gather(*(socket.leave() for socket in sockets))
