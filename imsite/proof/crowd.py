"""Crowds, and those in them whom a node must bear: the deaf, the flooders, and everybody at once."""

import asyncio
import contextlib
import resource
import socket
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Self
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from imsite.localservers import Node

from .line import OPTIONS
from .people import Account, Person

AT_ONCE = 50  # people who come in at a time, where no storm is meant
UNHEARD = 300  # pings of a deaf client: more answers than may wait for it
PATIENCE = 60  # seconds for somebody to come in, or to be thrown out, on a busy machine


def raise_file_limit() -> None:
    """A socket is an open file: let this process, and what it starts, have as many as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Nuisance:
    """Somebody with a token, at one node, who does not behave. `told` counts what the node answered."""

    def __init__(self, account: Account, node: Node):
        self.told: Counter[str] = Counter()
        self._headers = {"Authorization": f"Token {account.token}"}
        self._node = node
        self._behaving: asyncio.Task | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._node.ws_url, additional_headers=self._headers, sock=self._dial(), **self._options()
        )
        await self._socket.send(_encode({"type": "hello", "device": {"id": "nuisance", "kind": "bot"}}))
        self._count(await self._socket.recv())
        self._behaving = asyncio.create_task(self._misbehave(self._socket))
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._behaving.cancel()
        await asyncio.gather(self._behaving, return_exceptions=True)
        self._socket.transport.abort()

    def _options(self) -> dict:
        return OPTIONS | {"open_timeout": PATIENCE}

    def _dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._node.port))

    async def _misbehave(self, socket: ClientConnection) -> None:
        """What each kind does, once it is welcome, until it is ended."""
        raise NotImplementedError

    def _count(self, text: str) -> None:
        frame = msgspec.json.decode(text)
        self.told[f"{frame['type']} {frame['code']}" if "code" in frame else frame["type"]] += 1


class Deaf(Nuisance):
    """Asks a lot, and reads no answer; what others write to it waits too."""

    def _dial(self) -> socket.socket:
        dialled = socket.socket()
        dialled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # so that it is the node that has to wait
        dialled.connect(("127.0.0.1", self._node.port))
        return dialled

    async def _misbehave(self, socket: ClientConnection) -> None:
        socket.transport.pause_reading()
        with contextlib.suppress(ConnectionClosed):
            for _ in range(UNHEARD):
                await socket.send(_encode({"type": "ping", "t": "unheard " * 16}))


class Flooder(Nuisance):
    """Sends messages to `victim` as fast as the node takes them, until it is closed: `ended` is then the code."""

    def __init__(self, account: Account, node: Node, *, victim: Account):
        super().__init__(account, node)
        self.ended: int | None = None
        self._victim = victim.id

    async def is_closed(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(self._behaving)

    async def _misbehave(self, socket: ClientConnection) -> None:
        listening = asyncio.create_task(self._listen(socket))
        try:
            while not listening.done():
                frame = {"type": "send", "client_id": str(uuid4()), "to": self._victim, "body": "flood"}
                await socket.send(_encode(frame))
                await asyncio.sleep(0)  # who never reads would not see how it ends
        except ConnectionClosed:
            pass
        await listening

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            while True:
                self._count(await socket.recv())
        except ConnectionClosed as closed:
            self.ended = closed.rcvd and closed.rcvd.code


async def all_of(stack: AsyncExitStack, comers: Iterable[Person | Nuisance], *, at_once: int = AT_ONCE) -> list:
    """Let all of them in, so many at a time; they leave with the stack."""
    waiting, there = list(comers), []
    while waiting:
        some, waiting = waiting[:at_once], waiting[at_once:]
        there += await asyncio.gather(*(stack.enter_async_context(one) for one in some))
    return there


def caught_up(people: Sequence[Person], entries: int) -> bool:
    """Whether everybody has so many entries."""
    return all(len(person.record.entries) >= entries for person in people)


def _encode(frame: dict) -> str:
    return msgspec.json.encode(frame).decode()
