"""Nodes and devices in one process: the real consumer, runtime, store and layer, without a server in between.

The base decides the layer: in memory (embedded) or a real Redis (cluster).
"""

import json
import time
from uuid import uuid4

import pytest
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator

from chat.consumers import ChatConsumer
from chat.runtime import Runtime

PATIENCE = 10  # seconds after which something that must come counts as lost


@pytest.fixture(autouse=True)
def fast(settings, transactional_db):
    """Periods as short as a test wants them. The store is a real one, which threads share."""
    settings.IM_HEADS_SECONDS = 0.3
    settings.IM_GATHER_SECONDS = 0.02
    settings.IM_HOLD_SECONDS = 0.05


@pytest.fixture
async def layer():
    channel_layers.backends.clear()
    layer = channel_layers["default"]
    yield layer
    await layer.flush()


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
        await node.stop()


@pytest.fixture
async def node(start_node) -> Runtime:
    return start_node("one")


@pytest.fixture
async def other_node(start_node) -> Runtime:
    return start_node("two")


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

    async def send(self, frame: dict | str) -> None:
        await self._communicator.send_to(text_data=frame if isinstance(frame, str) else json.dumps(frame))

    async def say(self, body: str, *, client_id: str | None = None, **where) -> str:
        """Send a message; its client_id."""
        client_id = client_id or str(uuid4())
        await self.send({"type": "send", "client_id": client_id, "body": body, **where})
        return client_id

    async def ack(self, seq: int) -> None:
        await self.send({"type": "ack", "seq": seq})

    async def next(self) -> dict:
        return json.loads(await self._communicator.receive_from(timeout=PATIENCE))

    async def expect(self, type: str) -> dict:
        """The next frame, which must be of this type."""
        frame = await self.next()
        assert frame["type"] == type, frame
        return frame

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

    async def closed(self) -> int:
        """Wait for the close; its code."""
        message = await self._communicator.receive_output(timeout=PATIENCE)
        while message["type"] == "websocket.send":
            message = await self._communicator.receive_output(timeout=PATIENCE)
        assert message["type"] == "websocket.close"
        return message["code"]

    async def leave(self) -> None:
        await self._communicator.disconnect(timeout=PATIENCE)


@pytest.fixture
async def connect(node):
    """Connect a device: connect(alice), connect(bob, other_node, epoch=…, seq=…)."""
    devices = []

    async def connect(user, at: Runtime | None = None, *, hello: bool = True, **fields) -> Device:
        headers = [(b"authorization", f"Token {user.key}".encode())]
        communicator = WebsocketCommunicator(ChatConsumer.as_asgi(node=at or node), "/ws/v1/", headers=headers)
        connected, _ = await communicator.connect(timeout=PATIENCE)
        assert connected
        devices.append(device := Device(communicator))
        if hello:
            await device.hello(**fields)
        return device

    yield connect
    for device in devices:
        await device.leave()
