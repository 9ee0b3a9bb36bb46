"""Devices that come in crowds: cheap ones that stay, and those that are a nuisance."""

import asyncio
import time
from collections import Counter
from random import uniform
from uuid import uuid4

import msgspec

from bench import wire
from bench.plan import Person
from bench.speakers import Frame

PATIENCE = 30  # seconds for one attempt to come in
_read = msgspec.json.Decoder(Frame).decode
_write = msgspec.json.Encoder().encode


class Guest:
    """One device of one person. It comes again until it is welcome, goes on behind the last `seq`, and acknowledges."""

    def __init__(self, person: Person, faults: Counter[str]) -> None:
        self.id = person.id
        self.seq: int | None = None  # None: whatever nobody acknowledged
        self.accepted = 0
        self.welcomed_at = self.heard_at = 0.0
        self._person, self._faults = person, faults
        self._wire: wire.Wire | None = None

    async def come(self) -> None:
        """Returns when it is welcome."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._try()
                return
            except (OSError, TimeoutError, wire.Refused) as error:
                self._faults[f"came again after {type(error).__name__}: {error}"] += 1
                await asyncio.sleep(uniform(0.1, 1))

    def cut(self) -> None:
        """The connection is gone without a word."""
        self._wire.abort()

    async def has(self, seq: int) -> None:
        """Wait until everything up to `seq` has come."""
        while self.seq is None or self.seq < seq:  # noqa: ASYNC110 (thousands of events would cost more)
            await asyncio.sleep(0.05)

    def say(self, to: int) -> None:
        self._send({"type": "send", "client_id": str(uuid4()), "to": to, "body": "a message that waits for somebody"})

    async def _try(self) -> None:
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wire = await wire.connect(self._person.url, self._person.headers, self._on_texts)
        self._wire.on_lost = self._on_lost
        self._send({"type": "hello", "device": {"id": "crowd", "kind": "bot"}, "seq": self.seq})
        await self._welcome

    def _send(self, frame: dict) -> None:
        self._wire.send(_write(frame))

    def _on_lost(self, reason: str) -> None:
        if self._welcome.done():
            self._faults[f"lost: {reason}"] += 1
        else:
            self._welcome.set_exception(wire.Refused(reason))

    def _on_texts(self, texts: list[bytes]) -> None:
        before = self.seq
        for text in texts:
            self._hear(_read(text))
        if self.seq != before:
            self.heard_at = time.perf_counter()
            self._send({"type": "ack", "seq": self.seq})

    def _hear(self, frame: Frame) -> None:
        if frame.type == "welcome":
            if self.seq not in (None, frame.start):
                self._faults["welcomed to another place"] += 1
            self.seq, self.welcomed_at = frame.start, time.perf_counter()
            self._welcome.set_result(None)
        elif frame.seq is not None:
            if frame.seq != self.seq + 1:
                self._faults["seq repeated" if frame.seq <= self.seq else "seq skipped"] += 1
            self.seq = frame.seq
            self.accepted += frame.type == "accepted"
        elif frame.type in ("error", "bye"):
            self._faults[f"{frame.type}: {frame.code}"] += 1
