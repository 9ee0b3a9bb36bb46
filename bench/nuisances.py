"""Clients that nobody wishes for: those that read nothing, and those that never stop."""

import asyncio
from collections import Counter
from itertools import cycle
from uuid import uuid4

import msgspec

from bench import frames, wire
from bench.plan import Person
from bench.speakers import Frame

UNHEARD = 1_500  # pings that a deaf client sends: fewer than the 2,000 frames that may come at once
FLOOD, WRITES = 50, 100  # frames in one write of a flooder, and writes until it begins again with the first
HELLO = b'{"type":"hello","device":{"id":"nuisance","kind":"bot"}}'
_read = msgspec.json.Decoder(Frame).decode


class Deaf:
    """Says hello, asks a lot, and never reads an answer; what others write to it waits too."""

    def __init__(self, person: Person, victim: Person) -> None:
        self._person = person

    async def come(self) -> None:
        welcome = asyncio.Event()
        self._wire = await wire.connect(self._person.url, self._person.headers, lambda texts: welcome.set())
        self._wire.send(HELLO)
        await welcome.wait()
        self._wire.read_nothing()
        ping = frames.build(msgspec.json.encode({"type": "ping", "t": "unheard " * 16}))
        self._wire.write(ping * UNHEARD)

    def leave(self) -> dict[str, float]:
        return {}


class Flooder:
    """Sends messages as fast as the node takes them, far above its limits, and comes again when it is closed."""

    def __init__(self, person: Person, victim: Person) -> None:
        self._person, self._victim = person, victim
        self._told: Counter[str] = Counter()

    async def come(self) -> None:
        # Made before: the generator's own work would be taken for the node's.
        self._writes = cycle([b"".join(self._message() for _ in range(FLOOD)) for _ in range(WRITES)])
        self._flooding = asyncio.create_task(self._flood())

    def leave(self) -> dict[str, float]:
        self._flooding.cancel()
        return self._told

    async def _flood(self) -> None:
        while True:
            self._gone = asyncio.Event()
            try:
                self._wire = await wire.connect(self._person.url, self._person.headers, self._on_texts)
                self._wire.on_lost = self._on_lost
                await self._pour()
            except (OSError, wire.Refused) as error:
                self._told[f"refused: {error}"] += 1
            await asyncio.sleep(1)

    async def _pour(self) -> None:
        self._wire.send(HELLO)
        while not self._gone.is_set():
            self._told["frames sent"] += FLOOD
            self._wire.write(next(self._writes))
            await self._wire.drained()
            await asyncio.sleep(0)

    def _message(self) -> bytes:
        frame = {"type": "send", "client_id": str(uuid4()), "to": self._victim.id, "body": "flood"}
        return frames.build(msgspec.json.encode(frame))

    def _on_texts(self, texts: list[bytes]) -> None:
        for text in texts:
            frame = _read(text)
            name = f"{frame.type} {frame.code}" if frame.type in ("error", "bye") else frame.type
            self._told[name] += 1

    def _on_lost(self, reason: str) -> None:
        self._told[reason] += 1
        self._gone.set()


NUISANCES = {"deaf": Deaf, "flood": Flooder}
