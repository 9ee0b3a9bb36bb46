"""Real nodes and real sockets, for what only the real server shows."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import websockets
from django.db import connection

from imsite.localservers import Node, free_port

PATIENCE = 30  # seconds after which something that must come counts as lost; a busy machine may stall for some
SEND_SECONDS = 1


def database_url() -> str:
    """The test's own database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    account = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    return f"postgres://{account}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def make_node(directory: Path, name: str, **environment: str) -> Node:
    defaults = {
        "DATABASE_URL": database_url(),
        "NODE_NAME": name,
        "IM_SEND_SECONDS": str(SEND_SECONDS),
        "IM_DRAIN_SECONDS": "15",
        "IM_FRAME_BYTES": "65536",
        # A flood is to meet the server's own bounds.
        "IM_FRAMES_PER_SECOND": "1000000",
        "IM_BYTES_PER_SECOND": "1000000000",
    }
    return Node(free_port(), defaults | environment, directory / f"{name}.log").start().wait_ready()


def assert_quiet(log: str) -> None:
    """Whatever clients did, it is no error of the node's."""
    assert "Traceback" not in log
    assert " ERROR " not in log


class Client:
    """A device over a real socket."""

    def __init__(self, socket: websockets.ClientConnection):
        self.socket = socket

    async def send(self, **frame) -> None:
        await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def next(self) -> dict:
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self.socket.recv())

    async def wait_for(self, type: str) -> dict:
        while (frame := await self.next())["type"] != type:
            pass
        return frame

    async def tell(self, body: str, **where) -> dict:
        """Send a message; its `accepted`. Where the store is slow for a moment, it is sent again, as clients do."""
        frame = {"type": "send", "client_id": str(uuid4()), "body": body, **where}
        await self.send(**frame)
        while (answer := await self.next())["type"] != "accepted":
            if answer.get("code") == "busy":
                await asyncio.sleep(answer["retry_after"])
                await self.send(**frame)
        return answer

    async def ended(self) -> tuple[int, dict]:
        """The close code, and the last frame before it."""
        frame = {}
        try:
            while True:
                frame = await self.next()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006, frame


async def deaf(dial, node: Node, user) -> Client:
    """A client with small buffers that reads nothing after its welcome."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    small.connect(("127.0.0.1", node.port))
    return await dial(node, user, sock=small, max_queue=1)


async def exit_code(node: Node, within: float = PATIENCE) -> int:
    """How the node ended; it must, within so many seconds. One that had to be ended by force has not 0."""
    return await asyncio.to_thread(node.process.wait, within)


class Asker:
    """A program with one connection to a node, which stays open for as long as both want it."""

    def __init__(self, node: Node, user=None):
        self._headers = {"Authorization": f"Token {user.key}"} if user else {}
        self.connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
        self.connection.connect()
        self._socket = self.connection.sock.dup()  # the library puts its own away with the last answer

    def send(self, method: str, path: str, **headers: str) -> None:
        self.connection.request(method, path, headers=self._headers | headers)

    def answer(self) -> tuple[int, dict, bool]:
        """Status, body, and whether it is the last one on this connection."""
        response = self.connection.getresponse()
        body = json.loads(response.read())
        return response.status, body, response.getheader("Connection") == "close"

    def ask(self, path: str, **headers: str) -> tuple[int, dict, bool]:
        self.send("GET", path, **headers)
        return self.answer()

    def close(self) -> None:
        self.connection.close()
        self._socket.close()

    def end(self) -> bytes:
        """What comes when nothing was asked: the end of the connection, b"". A reset raises."""
        return self._socket.recv(1)


@contextmanager
def asker(node: Node, user=None) -> Iterator[Asker]:
    one = Asker(node, user)
    try:
        yield one
    finally:
        one.close()
