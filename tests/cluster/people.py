"""Clients as protocol.md expects them, each with a record of all that it was told."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from itertools import cycle
from random import uniform
from typing import NamedTuple, Self
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from imsite.localservers import Node

from .record import TOLD, Record, Said
from .waiting import until

ACK_AFTER = 0.05  # seconds in which events gather for one ack
PATIENCE = 15  # seconds for what must come
OPTIONS = {"compression": None, "proxy": None, "ping_interval": None, "open_timeout": 5, "close_timeout": 1}


class Account(NamedTuple):
    """Somebody who can sign in."""

    name: str
    id: int
    token: str


class Person:
    """Somebody with one device, which connects to `home` and goes to the next node whenever that fails.

    What is said stays in the outbox until it is accepted, and is sent again after each reconnect and each `busy`.
    With `acks=False` nothing is acknowledged but by `ack()`. A device that was away brings its `record` along.
    """

    def __init__(
        self,
        account: Account,
        nodes: Sequence[Node],
        *,
        home: int = 0,
        acks: bool = True,
        record: Record | None = None,
    ):
        self.id = account.id
        self.record = record or Record(account.name, account.id)
        self.welcome: dict = {}
        self.refused: dict[str, str] = {}  # client_id → code of the error
        self._token = account.token
        self._nodes = [*nodes[home % len(nodes) :], *nodes[: home % len(nodes)]]
        self._acks = acks
        self._socket: ClientConnection | None = None
        self._here = asyncio.Event()
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()

    async def __aenter__(self) -> Self:
        self._begin(self._live())
        async with asyncio.timeout(PATIENCE):
            await self._here.wait()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def say(self, body: str, *, to: int, client_id: str | None = None) -> Said:
        """Send a message, now or as soon as there is a node that takes it."""
        said = Said(client_id or str(uuid4()), to, body, time.monotonic())
        self.record.said[said.client_id] = said
        self._begin(self._write(_send(said)))
        return said

    async def ack(self) -> None:
        """Acknowledge all that came."""
        await self._write({"type": "ack", "seq": self.record.cursor})

    async def has(self, entries: int) -> None:
        """Wait until so many entries of the inbox came."""
        async with asyncio.timeout(PATIENCE):
            await until(lambda: len(self.record.entries) >= entries)

    async def is_answered(self, client_id: str) -> None:
        """Wait until this send was accepted or refused."""
        async with asyncio.timeout(PATIENCE):
            await until(lambda: self.record.said[client_id].accepted_at or client_id in self.refused)

    # The connection

    def _begin(self, work: Coroutine) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.record.wrong(f"the client failed: {task.exception()!r}")

    async def _live(self) -> None:
        """One connection after the other."""
        pause = 0.1
        for node in cycle(self._nodes):
            wait = 0
            try:
                async with connect(node.ws_url, additional_headers=self._headers, **OPTIONS) as socket:
                    wait = await self._visit(socket)
                    pause = 0.1
            except (OSError, TimeoutError, WebSocketException):
                pause = min(pause * 2, 1)
            finally:
                self._here.clear()
                self._socket = None
            await asyncio.sleep(wait + uniform(0, pause))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self._token}"}

    async def _visit(self, socket: ClientConnection) -> float:
        """Listen until the connection ends; how long the server wants us to stay away."""
        hello = {"type": "hello", "device": {"id": "d1", "kind": "bot"}}
        bye = {"code": None, "reconnect_after": 0}
        acking = asyncio.create_task(self._keep_acking())
        try:
            await socket.send(_encode(hello | {"epoch": self.record.epoch, "seq": self.record.cursor}))
            while True:
                frame = msgspec.json.decode(await socket.recv())
                if frame["type"] == "welcome":
                    await self._welcomed(frame, socket)
                elif frame["type"] == "bye":
                    bye = frame
                else:
                    self._take(frame)
        except ConnectionClosed as closed:
            self.record.closed(closed.rcvd.code if closed.rcvd else 1006, bye=bye["code"])
        finally:
            acking.cancel()
        return bye["reconnect_after"] or 0

    async def _welcomed(self, frame: dict, socket: ClientConnection) -> None:
        """Say again what may have been lost with the last connection: the ack and the outbox."""
        self.record.welcomed(frame)
        self.welcome = frame
        self._socket = socket
        self._news.set()
        for said in self.record.waiting:
            await self._write(_send(said))
        self._here.set()

    def _take(self, frame: dict) -> None:
        if frame["type"] in TOLD:
            self.record.told(frame, time.monotonic())
            self._news.set()
        elif frame["type"] == "error" and frame["code"] == "busy":
            self.record.busy += 1
            self._begin(self._again(frame["client_id"], frame["retry_after"]))
        elif frame["type"] == "error":
            self.refused[frame.get("client_id")] = frame["code"]
            self.record.wrong(f"error {frame}")
        elif "conversation" in frame:
            self.record.hinted(frame)

    async def _again(self, client_id: str, after: float) -> None:
        await asyncio.sleep(after * uniform(0.5, 1.5))
        said = self.record.said[client_id]
        if said.accepted_at is None:
            await self._write(_send(said))

    async def _keep_acking(self) -> None:
        while self._acks:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(ACK_AFTER)
            await self.ack()

    async def _write(self, frame: dict) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):  # it is said again on the next connection
                await self._socket.send(_encode(frame))


def _send(said: Said) -> dict:
    return {"type": "send", "client_id": said.client_id, "to": said.to, "body": said.body}


def _encode(frame: dict) -> str:
    return msgspec.json.encode(frame).decode()
