"""A connection that comes back: to another node, after a moment, whenever one is lost."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from random import choice, uniform

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from .address import Address
from .record import BROKEN, SILENT

OPTIONS = {"compression": None, "proxy": None, "ping_interval": None, "open_timeout": 5, "close_timeout": 1}
PAUSE, LONGEST_PAUSE = 0.1, 1  # seconds
HEARTBEAT = 10  # seconds of silence after which a client pings; as long again, and it takes the node for dead


class Line:
    """`hello` makes the first frame of each connection, `heard` gets what comes, and `ended` is told code and bye.

    After `heartbeat` seconds of silence it pings, and after as many more it takes the node for dead. Who is `hasty` is
    back at once, whatever the node said.
    """

    def __init__(
        self,
        token: str,
        nodes: Sequence[Address],
        *,
        hello: Callable[[], dict],
        heard: Callable[[dict], None],
        ended: Callable[[int, int | None], None],
        heartbeat: float | None = None,
        hasty: bool = False,
    ):
        self._headers = {"Authorization": f"Token {token}"}
        self._heartbeat = heartbeat or HEARTBEAT
        self._hasty = hasty
        self._nodes = nodes
        self._hello = hello
        self._heard = heard
        self._ended = ended
        self.failure = ""  # of the last attempt to connect that failed
        self._socket: ClientConnection | None = None  # None until there was a welcome

    async def keep(self) -> None:
        """One connection after the other, for ever."""
        pause = PAUSE
        for node in self._tour():
            away = 0
            try:
                async with connect(node.ws_url, additional_headers=self._headers, **OPTIONS) as socket:
                    away, pause = await self._listen(socket), PAUSE
            except (OSError, TimeoutError, WebSocketException) as error:
                self.failure = f"{node.url}: {error}"
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep((0 if self._hasty else away) + uniform(0, pause))

    def _tour(self) -> Iterator[Address]:
        """The first of them at first, then always another one, as a proxy would choose."""
        node = self._nodes[0]
        while True:
            yield node
            node = choice([other for other in self._nodes if other is not node] or [node])

    async def send(self, frame: dict) -> bool:
        """Send it if there is a connection. What must not get lost is sent again after the next welcome."""
        if self._socket is not None:
            return await _send(self._socket, frame)
        return False

    async def _listen(self, socket: ClientConnection) -> float:
        """Until the connection ends; how many seconds the server wants us to stay away."""
        bye = {"code": None, "reconnect_after": None}
        try:
            await _send(socket, self._hello())
            while True:
                frame = msgspec.json.decode(await self._next(socket))
                if frame["type"] == "bye":
                    bye = frame
                    continue
                if frame["type"] == "welcome":
                    self._socket = socket
                self._heard(frame)
        except ConnectionClosed as closed:
            self._ended(closed.rcvd.code if closed.rcvd else BROKEN, bye["code"])
        except TimeoutError:
            socket.transport.abort()  # who does not answer a ping will not answer a goodbye
            self._ended(SILENT, bye["code"])
        finally:
            self._socket = None
        return bye["reconnect_after"] or 0

    async def _next(self, socket: ClientConnection) -> str | bytes:
        """The next frame. TimeoutError where nothing comes, not even for a ping."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._heartbeat):
                return await socket.recv()
        async with asyncio.timeout(self._heartbeat):
            await _send(socket, {"type": "ping"})
            return await socket.recv()


async def _send(socket: ClientConnection, frame: dict) -> bool:
    """What ended the connection, and what was said before, is for whoever reads it."""
    with contextlib.suppress(ConnectionClosed):
        await socket.send(msgspec.json.encode(frame).decode())
        return True
    return False
