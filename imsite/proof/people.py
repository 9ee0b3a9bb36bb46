"""Clients as protocol.md expects them, each with a record of all that it was told."""

import asyncio
import json
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from random import uniform
from typing import NamedTuple, Self
from uuid import uuid4

from .address import Address
from .line import Line
from .record import HINTS, TOLD, Record, Said
from .waiting import until

ACK_AFTER = 0.05  # seconds in which events gather for one ack
PATIENCE = 15  # seconds for what must come


class Account(NamedTuple):
    """Somebody who can sign in."""

    name: str
    id: int
    token: str


def accounts_of(path: Path) -> list[Account]:
    """The crowd (u00001 …) in a file of `manage.py demo --users=N --tokens=FILE`."""
    known = json.loads(path.read_text())
    return [Account(name, one["id"], one["token"]) for name, one in known.items() if name.startswith("u0")]


class NotWelcome(TimeoutError):
    """Nobody answered, or only to say no: the message says who and where."""


class Person:
    """Somebody with one device, which connects to the node `home`, or the next one when that fails.

    What is said stays in the outbox until it is accepted, and is sent again after each reconnect and each `busy`.
    With `acks=False` nothing is acknowledged but by `ack()`. A device that was away brings its `record` along.
    `heartbeat` is as a Line's.
    """

    hasty = False  # back at once, whatever the node said

    def __init__(
        self,
        account: Account,
        nodes: Sequence[Address],
        *,
        home: int = 0,
        acks: bool = True,
        record: Record | None = None,
        heartbeat: float | None = None,
    ):
        self.account = account
        self.id = account.id
        self.record = record or Record(account.name, account.id)
        self.welcome: dict = {}
        self.refused: dict[str, str] = {}  # client_id → code of the error
        first = home % len(nodes)
        self._line = Line(
            account.token,
            [*nodes[first:], *nodes[:first]],
            hello=self._hello,
            heard=self._heard,
            ended=lambda code, bye: self.record.closed(code, bye, time.monotonic()),
            heartbeat=heartbeat,
            hasty=self.hasty,
        )
        self._acks = acks
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()

    async def __aenter__(self) -> Self:
        self._begin(self._line.keep())
        if self._acks:
            self._begin(self._keep_acking())
        try:
            async with asyncio.timeout(PATIENCE):
                await until(lambda: self.welcome)
        except TimeoutError:
            why = self.record.wrongs[-1].what if self.record.wrongs else self._line.failure
            raise NotWelcome(f"{self.record.name} was not welcomed within {PATIENCE} s: {why}") from None
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def say(self, body: str, *, to: int, client_id: str | None = None) -> Said:
        """Send a message, now or as soon as there is a node that takes it."""
        said = Said(client_id or str(uuid4()), to, body, time.monotonic())
        self.record.said[said.client_id] = said
        self._begin(self._send(said))
        return said

    async def ack(self) -> None:
        """Acknowledge all that came."""
        await self._line.send({"type": "ack", "seq": self.record.cursor})

    async def has(self, entries: int) -> None:
        """Wait until so many entries of the inbox came."""
        async with asyncio.timeout(PATIENCE):
            await until(lambda: len(self.record.entries) >= entries)

    async def is_answered(self, client_id: str) -> None:
        """Wait until this send was accepted or refused."""
        async with asyncio.timeout(PATIENCE):
            await until(lambda: self.record.said[client_id].accepted_at or client_id in self.refused)

    # What comes

    def _hello(self) -> dict:
        device = {"id": "d1", "kind": "bot"}
        return {"type": "hello", "device": device, "epoch": self.record.epoch, "seq": self.record.cursor}

    def _heard(self, frame: dict) -> None:
        if frame["type"] in TOLD:
            self.record.told(frame, time.monotonic())
            self._news.set()
        elif frame["type"] == "welcome":
            self._welcomed(frame)
        elif frame["type"] == "error":
            self._refused(frame)
        elif frame["type"] in HINTS:
            self.record.hinted(frame, time.monotonic())

    def _welcomed(self, frame: dict) -> None:
        """Say again what may have been lost with the last connection: the ack and the outbox."""
        self.welcome = frame
        self.record.welcomed(frame, time.monotonic())
        self._news.set()
        for said in self.record.waiting:
            self._begin(self._send(said))

    def _refused(self, frame: dict) -> None:
        client_id = frame.get("client_id")
        if client_id in self.record.said:
            self.record.said[client_id].answered(time.monotonic())
        if frame["code"] == "busy":
            self.record.busy += 1
            self._begin(self._send(self.record.said[client_id], after=frame["retry_after"] * uniform(0.5, 1.5)))
        else:
            self.refused[client_id] = frame["code"]
            self.record.wrong(f"error {frame}", at=time.monotonic())

    # What goes out

    async def _send(self, said: Said, *, after: float = 0) -> None:
        await asyncio.sleep(after)
        if said.accepted_at is None and said.refused is None:
            frame = {"type": "send", "client_id": said.client_id, "to": said.to, "body": said.body}
            said.asked_at = time.monotonic() if await self._line.send(frame) else None

    async def _keep_acking(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(ACK_AFTER)
            await self.ack()

    def _begin(self, work: Coroutine) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.record.wrong(f"the client failed: {task.exception()!r}", at=time.monotonic())
