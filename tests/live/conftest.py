"""Nodes and devices in one process: the real consumer, runtime, store and layer, without a server in between.

The base decides the layer: in memory (embedded) or a real Redis (cluster).
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import websockets
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator

from chat import writer
from chat.consumers import ChatConsumer
from chat.database import Threads
from chat.runtime import Runtime
from imsite.localservers import Node
from messages_store.models import Delivery
from tests.store.at_once import patient  # noqa: F401 (a fixture for all of these)

from .real_nodes import PATIENCE, Client, assert_quiet, make_node
from .rigged import RiggedLayer

NEVER = 3_600  # seconds, for what a test does without


@pytest.fixture(autouse=True)
def fast(settings, transactional_db):
    """Periods as short as a test wants them. The store is a real one, which threads share."""
    settings.IM_HEADS_SECONDS = 0.3
    settings.IM_GATHER_SECONDS = 0.02
    settings.IM_HOLD_SECONDS = 0.05


@pytest.fixture(autouse=True)
def nobody_is_told_busy(monkeypatch):
    """A busy machine may let a transaction wait for longer than a client would. Who tests that says how long."""
    monkeypatch.setattr(writer, "PATIENCE", NEVER)


@pytest.fixture
def never_look(settings, fast):
    """No look at the heads: what arrives, arrived by a ring, or by what a ring told."""
    settings.IM_HEADS_SECONDS = NEVER


@pytest.fixture(autouse=True)
def no_errors(caplog):
    """Nothing is logged as an error, unless the test expects it and calls `caplog.clear()`."""
    yield
    errors = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    errors = [record.getMessage() for record in errors if record.levelno >= logging.ERROR]
    assert errors == []


async def connected(*layers) -> None:
    """Until these are connected to Redis."""
    async with asyncio.timeout(PATIENCE):
        for layer in layers:
            while not await layer.ping():  # noqa: ASYNC110 (there is no event to wait for)
                await asyncio.sleep(0.005)


@pytest.fixture
async def layer():
    channel_layers.backends.clear()
    layer = channel_layers["default"]
    if hasattr(layer, "ping"):
        await connected(layer)
    yield layer
    await layer.flush()


@pytest.fixture
async def rigged(layer) -> RiggedLayer:
    """The layer with `rigged.rule` in front of every ring. Nodes ring through it that were started with it."""
    return RiggedLayer(layer)


@pytest.fixture
async def start_node(layer):
    """Start nodes: start_node("one")."""
    nodes = []

    def start(name: str, **options) -> Runtime:
        node = Runtime(**{"layer": layer, "name": name, **options})
        node.start()
        nodes.append(node)
        return node

    yield start
    for node in nodes:
        if not node.draining:
            await node.stop()


@pytest.fixture
async def node(start_node) -> Runtime:
    return start_node("one")


@pytest.fixture
async def other_node(start_node) -> Runtime:
    return start_node("two")


@pytest.fixture
async def rigged_node(start_node, rigged) -> Runtime:
    """A node whose rings pass `rigged.rule`; what others ring reaches it as ever."""
    return start_node("rigged", layer=rigged)


@pytest.fixture
async def store():
    """Call what needs the database: await store(service, …)."""
    threads = Threads("test", 1)
    yield threads.run
    await asyncio.to_thread(threads.close)


@pytest.fixture
def status_of(store):
    """The status of each delivery in a user's inbox: {1: "sent", 2: "unsent"}."""

    def read(user) -> dict[int, str]:
        found = Delivery.objects.filter(recipient=user).order_by("seq").values_list("seq", "status", "sent_at")
        assert all((status == "sent") == (sent_at is not None) for _, status, sent_at in found)
        return {seq: str(status) for seq, status, _ in found}

    return lambda user: store(read, user)


@pytest.fixture
def until(store):
    """Wait until the database says so: await until(lambda: Node.objects.count() == 2)."""

    async def until(condition) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await store(condition):  # noqa: ASYNC110 (nobody tells)
                await asyncio.sleep(0.01)

    return until


class Device:
    """A user's device, connected to a node."""

    def __init__(self, communicator: WebsocketCommunicator):
        self._communicator = communicator
        self.welcome: dict = {}

    async def hello(self, **fields) -> dict:
        await self.send({"type": "hello", "device": {"id": "d1", "kind": "bot"}, **fields})
        self.welcome = await self.next()
        assert self.welcome["type"] == "welcome", self.welcome
        return self.welcome

    async def send(self, frame: dict | str | bytes) -> None:
        """Send a frame: as JSON, as the text given, or as binary."""
        if isinstance(frame, bytes):
            message = {"bytes": frame}
        else:
            message = {"text": frame if isinstance(frame, str) else json.dumps(frame)}
        await self._communicator.send_input({"type": "websocket.receive", **message})

    async def say(self, body: str, *, client_id: str | None = None, **where) -> str:
        """Send a message; its client_id."""
        client_id = client_id or str(uuid4())
        await self.send({"type": "send", "client_id": client_id, "body": body, **where})
        return client_id

    async def tell(self, body: str, **where) -> dict:
        """Send a message and wait for its `accepted`, which must be the next frame."""
        client_id = await self.say(body, **where)
        accepted = await self.expect("accepted")
        assert accepted["client_id"] == client_id
        return accepted

    async def ack(self, seq: int) -> None:
        await self.send({"type": "ack", "seq": seq})

    async def next(self) -> dict:
        return json.loads(await self._communicator.receive_from(timeout=PATIENCE))

    async def expect(self, type: str) -> dict:
        """The next frame, which must be of this type."""
        frame = await self.next()
        assert frame["type"] == type, frame
        return frame

    async def expect_error(self, code: str) -> dict:
        error = await self.expect("error")
        assert error["code"] == code, error
        return error

    async def seqs(self, count: int) -> list[int]:
        """The seqs of the next so many frames, each of which must have one."""
        return [(await self.next())["seq"] for _ in range(count)]

    async def wait_for(self, type: str) -> dict:
        """The next frame of this type; others are passed over."""
        while (frame := await self.next())["type"] != type:
            pass
        return frame

    async def pong(self) -> list[dict]:
        """All frames that come before the answer to a ping: what was on its way is here then."""
        mark = time.monotonic_ns() % 2**52
        await self.send({"type": "ping", "t": mark})
        frames = []
        while (frame := await self.next()) != {"type": "pong", "t": mark, "head": frame.get("head")}:
            frames.append(frame)
        return frames

    async def said_bye(self) -> dict:
        """Wait for the close, which must follow a `bye` of the same code; the bye."""
        last: dict[str, Any] = {}
        while (message := await self._communicator.receive_output(timeout=PATIENCE))["type"] == "websocket.send":
            last = json.loads(message["text"])
        assert message["type"] == "websocket.close"
        assert last["type"] == "bye"
        assert last["code"] == message["code"]
        return last

    async def closed(self) -> int:
        """Wait for the close; its code."""
        return (await self.said_bye())["code"]

    async def leave(self) -> None:
        """Close the socket, and wait until nothing of it is left on the node."""
        with suppress(asyncio.CancelledError):  # as one that was given up has been
            await self._communicator.disconnect(timeout=PATIENCE)


def signed(user) -> list[tuple[bytes, bytes]]:
    """The headers of a program that connects as this user."""
    return [(b"authorization", f"Token {user.key}".encode())]


@pytest.fixture
async def knock(node):
    """Open a socket with these headers: the device, or None where the upgrade was refused."""
    devices = []

    async def knock(headers=(), *, at: Runtime | None = None, path: str = "/ws/v1/") -> Device | None:
        headers = [(b"host", b"testserver"), *headers]
        communicator = WebsocketCommunicator(ChatConsumer.as_asgi(node=at or node), path, headers=headers)
        connected, _ = await communicator.connect(timeout=PATIENCE)
        device = Device(communicator)
        devices.append(device)
        return device if connected else None

    yield knock
    for device in devices:
        await device.leave()


@pytest.fixture
async def connect(knock):
    """Connect a device: connect(alice), connect(bob, other_node, epoch=…, seq=…)."""

    async def connect(user, at: Runtime | None = None, *, hello: bool = True, **fields) -> Device:
        device = await knock(signed(user), at=at)
        assert device is not None
        if hello:
            await device.hello(**fields)
        return device

    return connect


@pytest.fixture
def serve(tmp_path, fast):
    """Start nodes of the test's own: serve(IM_SEND_SECONDS="60")."""
    nodes = []

    def start(**environment: str) -> Node:
        nodes.append(make_node(tmp_path, f"own-{len(nodes)}", **environment))
        return nodes[-1]

    yield start
    for node in nodes:
        node.stop()
        assert_quiet(node.log_path.read_text())


@pytest.fixture
async def dial():
    """Connect to a real node: dial(node, alice)."""
    clients = []

    async def dial(node: Node, user, *, hello: bool = True, **options) -> Client:
        headers = {"Authorization": f"Token {user.key}"}
        options = {"max_size": None, "ping_interval": None, "close_timeout": 1, **options}
        client = Client(await websockets.connect(node.ws_url, additional_headers=headers, **options))
        clients.append(client)
        if hello:
            await client.send(type="hello")
            assert (await client.next())["type"] == "welcome"
        return client

    yield dial
    for client in clients:
        await client.socket.close()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what no frame tells."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (there is no event to wait for)
            await asyncio.sleep(0.005)


class Counted:
    """A callable that counts its calls, keeps their arguments, and may be told what to do instead."""

    def __init__(self, real: Callable):
        self.real = real
        self.calls: list[tuple] = []
        self.before: Callable[[], None] | None = None

    def __call__(self, *args, **keywords):
        self.calls.append((args, keywords))
        if self.before:
            self.before()
        return self.real(*args, **keywords)


@pytest.fixture
def watch(monkeypatch):
    """Watch a function of a module or object: watch(sending, "send").calls."""

    def watch(owner, name: str) -> Counted:
        counted = Counted(getattr(owner, name))
        monkeypatch.setattr(owner, name, counted)
        return counted

    return watch
