"""The two languages: how a client of each side says, hears and acknowledges a message.

A speaker tells the ledger what happened, and `on_done` whose message that finished.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

from bench import wire
from bench.ledger import Ledger
from bench.plan import Person, Plan


class _Inner(msgspec.Struct):
    client_id: str | None = None
    number: int = 0


class Frame(msgspec.Struct):
    type: str
    seq: int | None = None
    client_id: str | None = None
    message: _Inner | int | str | None = None
    start: int = msgspec.field(name="from", default=0)
    limits: dict[str, int] | None = None
    code: str | int | None = None
    retry_after: float | None = None
    conversation: int | str | None = None


_read = msgspec.json.Decoder(Frame).decode
_write = msgspec.json.Encoder().encode


class Speaker:
    """What both have in common: one connection, and the messages of its ledger."""

    def __init__(self, who: int, plan: Plan, ledger: Ledger) -> None:
        self.who, self.plan, self.ledger = who, plan, ledger
        self.on_done: Callable[[int], None] = lambda who: None
        self.body = ("a message of the benchmark, neither long nor short, " * 20)[: plan.body]
        partner: Person = plan.people[who ^ 1]
        self.target = self.address(partner) if plan.room is None else self.address_of_room(plan.room)

    async def connect(self) -> None:
        person = self.plan.people[self.who]
        self.wire = await wire.connect(person.url, person.headers, self.on_texts)
        self.wire.on_lost = self.on_lost

    def close(self) -> None:
        self.wire.close()

    def say(self) -> None:
        self.put(self.ledger.sends(self.who, time.perf_counter()))

    def put(self, client_id: str) -> None:
        self.wire.send(_write({"type": "send", "client_id": client_id, **self.target, "body": self.body}))

    def on_lost(self, reason: str) -> None:
        self.ledger.faults[f"connection lost: {reason}"] += 1

    def accepted(self, client_id: str, now: float) -> None:
        found = self.ledger.find(client_id)
        if found and self.ledger.accepts(*found, now):
            self.on_done(self.who)

    def received(self, client_id: str, now: float) -> tuple[int, int] | None:
        found = self.ledger.find(client_id)
        if found and found[0] != self.who and self.ledger.receives(*found, now):
            self.on_done(found[0])
        return found


class Textbook(Speaker):
    """No promises to check: what is lost or double is counted by the ledger."""

    def address(self, person: Person) -> dict:
        return {"to": person.id}

    def address_of_room(self, room: int | str) -> dict:
        return {"room": room}

    def on_texts(self, texts: list[bytes]) -> None:
        now = time.perf_counter()
        for text in texts:
            frame = _read(text)
            if frame.type == "accepted":
                self.accepted(frame.client_id, now)
            elif frame.type == "message":
                self.received(frame.client_id, now)


class Ours(Speaker):
    """Protocol version 1, as an attentive client: every `seq` is the one after the last, every sender in order."""

    def address(self, person: Person) -> dict:
        return {"to": person.id}

    def address_of_room(self, room: int | str) -> dict:
        return {"conversation": room}

    def prepare(self) -> None:
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seq = self.acked = 0
        self.heard = [0] * len(self.plan.people)  # per sender: the count of the message that comes next
        self._timer: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
        self.prepare()
        await super().connect()
        self.wire.send(_write({"type": "hello", "device": {"id": f"bench-{self.who}", "kind": "bot"}}))
        await asyncio.wait_for(self.welcome, 15)

    def close(self) -> None:
        self._acknowledge()
        super().close()

    def on_lost(self, reason: str) -> None:
        super().on_lost(reason)
        if not self.welcome.done():
            self.welcome.set_exception(wire.Refused(reason))

    def on_texts(self, texts: list[bytes]) -> None:
        now = time.perf_counter()
        for text in texts:
            self._hear(_read(text), now)
        if self.seq > self.acked:
            self._acknowledge_soon()

    def _hear(self, frame: Frame, now: float) -> None:
        if frame.seq is not None:
            if frame.seq != self.seq + 1:
                self.ledger.faults["seq repeated" if frame.seq <= self.seq else "seq skipped"] += 1
            self.seq = frame.seq
        if frame.type == "message":
            self._check_order(self.received(frame.message.client_id, now))
        elif frame.type == "accepted":
            self.target = {"conversation": frame.conversation}  # `to` only opens it
            self.accepted(frame.client_id, now)
        elif frame.type == "welcome":
            self.seq = self.acked = frame.start
            self.half_window = frame.limits["window"] // 2
            self.welcome.set_result(None)
        elif frame.type in ("error", "bye"):
            self._refused(frame)

    def _check_order(self, found: tuple[int, int] | None) -> None:
        if found is None:
            return
        who, n = found
        if n != self.heard[who] and not self.ledger.senders[who].resent:
            self.ledger.faults["out of order"] += 1
        self.heard[who] = n + 1

    def _refused(self, frame: Frame) -> None:
        """`busy` and `rate_limited` ask for the same message again, later. Everything else is a fault."""
        self.ledger.faults[f"{frame.type}: {frame.code}"] += 1
        if frame.code in ("busy", "rate_limited") and frame.client_id:
            self.ledger.senders[self.who].resent = True
            asyncio.get_running_loop().call_later(frame.retry_after or 0.1, self.put, frame.client_id)

    def _acknowledge_soon(self) -> None:
        """At once where half of the window is open or nothing is to be gathered, else within `plan.ack`."""
        if not self.plan.ack or self.seq - self.acked >= self.half_window:
            self._acknowledge()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.plan.ack, self._acknowledge)

    def _acknowledge(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self.seq > self.acked:
            self.acked = self.seq
            self.wire.send(_write({"type": "ack", "seq": self.seq}))


DIALECTS: dict[str, type[Speaker]] = {"ours": Ours, "textbook": Textbook}
