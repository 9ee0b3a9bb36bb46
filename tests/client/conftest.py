"""A node on paper, behind a real socket: it keeps one inbox and does to its clients what a test tells it to."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from websockets import ConnectionClosed
from websockets.asyncio.server import ServerConnection, serve

from imsite_client import Backoff, MemoryStore, Socket

PATIENCE = 30  # seconds after which something that must come counts as lost
ALICE, BOB = {"id": 1, "name": "Alice", "kind": "user"}, {"id": 2, "name": "Bob", "kind": "user"}
AT_ONCE = Backoff(base=0)


class Node:
    """`inbox` is Alice's, as messages. `on_send` may answer a send, or drop the socket; None: it is stored."""

    def __init__(self) -> None:
        self.user = ALICE
        self.epoch = "e1"
        self.inbox: list[dict] = []
        self.welcome: dict = {}  # over what a welcome says otherwise
        self.hellos: list[dict] = []
        self.acks: list[int] = []
        self.sends: list[dict] = []
        self.heard: list[dict] = []  # other frames
        self.on_send: Callable[[Node, dict], dict | int | None] = lambda node, frame: None
        self.mute = False  # answers no ping
        self.connections: list[ServerConnection] = []
        self._changed = asyncio.Condition()
        self._ids = count(100)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what came from the client makes it true."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(condition)

    def entry(self, body: str, *, sender: int = BOB["id"], client_id: str | None = None, type: str = "message") -> dict:
        message = {"id": next(self._ids), "conversation": 7, "number": 1, "sender": sender, "kind": "text"}
        message |= {"body": body, "client_id": client_id, "created_at": "2026-11-21T08:15:30.123456Z"}
        frame = {"type": type, "seq": len(self.inbox) + 1, "message": message}
        self.inbox.append(frame)
        return frame

    async def says(self, *bodies: str) -> None:
        """Bob says this, and whoever is connected hears it."""
        for body in bodies:
            await self.push(self.entry(body))

    async def push(self, *frames: dict) -> None:
        for connection in self.connections:
            for frame in frames:
                await connection.send(json.dumps(frame))

    async def bye(self, code: int, after: float = 0) -> None:
        await self.push({"type": "bye", "code": code, "reason": "so it is", "reconnect_after": after})
        for connection in list(self.connections):
            await connection.close(code)

    def cut(self) -> None:
        for connection in list(self.connections):
            connection.transport.abort()

    async def serve(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            hello = json.loads(await connection.recv())
            self.hellos.append(hello)
            start = hello.get("seq") if hello.get("seq") is not None else max(self.acks, default=0)
            welcome = {"type": "welcome", "connection": "c", "node": "n", "user": self.user, "epoch": self.epoch}
            welcome |= {"head": len(self.inbox), "from": start, "limits": {"window": 64, "frame_bytes": 2_000}}
            welcome |= self.welcome
            await connection.send(json.dumps(welcome))
            self.connections.append(connection)
            await self._tell()
            for frame in self.inbox[welcome["from"] :]:
                await connection.send(json.dumps(frame))
            async for text in connection:
                await self._take(json.loads(text), connection)
        if connection in self.connections:
            self.connections.remove(connection)

    async def _take(self, frame: dict, connection: ServerConnection) -> None:
        if frame["type"] == "ack":
            self.acks.append(frame["seq"])
        elif frame["type"] == "send":
            self.sends.append(frame)
            answer = self.on_send(self, frame)
            if isinstance(answer, int):
                connection.transport.abort()
            else:
                await connection.send(json.dumps(answer or self.store(frame)))
        elif frame["type"] == "ping" and not self.mute:
            await connection.send(json.dumps({"type": "pong", "head": len(self.inbox)}))
        else:
            self.heard.append(frame)
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def store(self, frame: dict) -> dict:
        """The answer `accepted`: of what is stored, or was."""
        stored = [one for one in self.inbox if one["message"]["client_id"] == frame["client_id"]]
        entry = stored[0] if stored else self.entry(frame["body"], sender=1, client_id=frame["client_id"])
        message = entry["message"]
        names = ("client_id", "conversation", "number", "created_at")
        return {"type": "accepted", "message": message["id"], "seq": entry["seq"]} | {
            name: message[name] for name in names
        }

    @property
    def stored(self) -> list[str]:
        """What Alice said, as it is stored."""
        return [entry["message"]["body"] for entry in self.inbox if entry["message"]["sender"] == 1]


@pytest.fixture
async def node():
    node = Node()
    async with serve(node.serve, "127.0.0.1", 0) as server:
        node.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield node


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def alice(node, store):
    """alice(): a Socket of hers, not entered yet."""

    def make(**options) -> Socket:
        return Socket(node.url, "token", **{"store": store, "backoff": AT_ONCE, "ack_after": 0, **options})

    return make


async def take(socket: Socket, number: int) -> list:
    """So many events, each handled."""
    found = []
    async with asyncio.timeout(PATIENCE):
        async for item in socket:
            found.append(item)
            if len(found) == number:
                await socket.handled(item)
                return found
    raise AssertionError


def bodies(events: list) -> list[str]:
    return [event.message.body for event in events]
