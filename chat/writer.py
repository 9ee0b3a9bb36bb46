"""Group commit: what arrives while one transaction is on its way becomes the next one.

Alone, a message waits for nobody; under load hundreds share a commit. Sends go one way, acks and read marks another:
nobody waits for those, so they are gathered for a moment, and many of them become one.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

from django.conf import settings

from messages_store.changes import Change
from messages_store.drafts import Draft
from messages_store.errors import Busy, ChatError
from messages_store.events import Event
from messages_store.services import editing, receipts, sending

from .bells import Bells
from .database import Threads, Unavailable
from .metrics import counts
from .turns import Turns

logger = logging.getLogger(__name__)

PATIENCE = 1.5  # seconds that a transaction may be on its way before whoever waits is told `busy`

Answer = Callable[[str, sending.Accepted | ChatError, Event | None], None]


class Waiting(NamedTuple):
    """A draft or a change in the queue, and who wants to know what became of it."""

    draft: Draft | Change
    answer: Answer


class Sender:
    """Stores messages, edits and recalls in group commits, answers, and then rings.

    A store that is gone may keep a transaction for long. Nobody waits for that: whoever has waited too long is told
    `busy`, and so is everybody who comes before it has ended. Of what was on its way nobody knows whether it will be
    stored; sent again with its client_id, it gets the one answer.
    """

    def __init__(self, *, threads: Threads, bells: Bells):
        self._threads = threads
        self._bells = bells
        # By sender, so that a flood waits behind itself. Changes are stored by themselves.
        self._messages, self._changes = Turns[Waiting](), Turns[Waiting]()
        self._wake = asyncio.Event()
        self._stalled = False
        self.stored = 0  # messages, since the start
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        return len(self._messages) + len(self._changes)

    def send(self, draft: Draft | Change, answer: Answer) -> None:
        """Store it with the next transaction; `busy` at once where too many wait, or for too long."""
        if self._stalled or self.waiting >= settings.IM_QUEUE:
            answer(draft.token, Busy(), None)
            return
        queue = self._messages if isinstance(draft, Draft) else self._changes
        queue.put(draft.sender, Waiting(draft, answer))
        self.idle.clear()
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.waiting:
                for store, queue in ((sending.send, self._messages), (editing.change, self._changes)):
                    if queue:
                        await self._store(store, queue.take(settings.IM_BATCH))
            self.idle.set()

    async def _store(self, store: Callable[..., sending.Sent], batch: Sequence[Waiting]) -> None:
        began = monotonic()
        with self._patience(batch):
            try:
                sent = await self._threads.run(store, [waiting.draft for waiting in batch])
                counts.commit.observe(monotonic() - began)
            except Unavailable:
                sent = sending.Sent([Busy()] * len(batch))
            except Exception:
                logger.exception("Storing %s messages failed", len(batch))
                sent = sending.Sent([Busy()] * len(batch))
        self._answer(batch, sent)
        self._bells.ring(sent.events)

    @contextmanager
    def _patience(self, batch: Sequence[Waiting]) -> Iterator[None]:
        """Nobody waits for long while this is on its way."""
        stalling = asyncio.get_running_loop().call_later(PATIENCE, self._stall, batch)
        try:
            yield
        finally:
            stalling.cancel()
            self._stalled = False

    def _stall(self, batch: Sequence[Waiting]) -> None:
        """It takes too long: tell everybody, once."""
        logger.warning("The store has not answered for %s s: senders are told `busy`", PATIENCE)
        self._stalled = True
        waiting = [one for queue in (self._messages, self._changes) for one in queue.take(len(queue))]
        for one in [*batch, *waiting]:
            one.answer(one.draft.token, Busy(), None)

    def _answer(self, batch: Sequence[Waiting], sent: sending.Sent) -> None:
        own = {
            (user_id, event.client_id): event
            for user_id, events in sent.events.items()
            for event in events
            if event.client_id is not None
        }
        counts.batch.observe(len(batch))
        counts.stored += len(own)
        counts.repeated += sum(isinstance(outcome, sending.Accepted) for outcome in sent.outcomes) - len(own)
        for waiting, outcome in zip(batch, sent.outcomes, strict=True):
            token = waiting.draft.token
            stored = isinstance(outcome, sending.Accepted)
            self.stored += stored
            waiting.answer(token, outcome, own.get((waiting.draft.sender, token)) if stored else None)


class Recorder:
    """Stores acks and read marks, gathered for a moment, and tells the other parties."""

    def __init__(self, *, threads: Threads, bells: Bells):
        self._threads = threads
        self._bells = bells
        self._acks: dict[int, int] = {}
        self._reads: dict[tuple[int, int], int] = {}
        self._devices: dict[int, int | None] = {}  # user → whose ack it is
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        return len(self._acks) + len(self._reads)

    def ack(self, *, user_id: int, seq: int, device: int | None = None) -> None:
        if seq > self._acks.get(user_id, 0):
            self._acks[user_id] = seq
            self._devices[user_id] = device
            self._note()

    def read(self, *, user_id: int, conversation_id: int, number: int) -> None:
        key = user_id, conversation_id
        if key not in self._reads and len(self._reads) >= settings.IM_QUEUE:
            return  # the store is away, and a client may name any number of conversations; it will mark again
        if number > self._reads.get(key, 0):
            self._reads[key] = number
            self._note()

    def _note(self) -> None:
        self.idle.clear()
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(settings.IM_GATHER_SECONDS)
            acks, self._acks = self._acks, {}
            reads, self._reads = self._reads, {}
            devices, self._devices = self._devices, {}
            if not await self._store(acks, reads, devices):
                self._take_back(acks, reads, devices)
                await asyncio.sleep(1)
            if not self._acks and not self._reads:
                self.idle.set()

    async def _store(self, acks: dict, reads: dict, devices: dict) -> bool:
        try:
            hints = await self._threads.run(record, acks=acks, reads=reads, devices=devices)
        except Unavailable:
            return False
        except Exception:
            logger.exception("Storing receipts of %s users failed", len(acks) + len(reads))
            return True
        self._bells.hint(hints)
        return True

    def _take_back(self, acks: dict, reads: dict, devices: dict) -> None:
        for user_id, seq in acks.items():
            self.ack(user_id=user_id, seq=seq, device=devices[user_id])
        for (user_id, conversation_id), number in reads.items():
            self.read(user_id=user_id, conversation_id=conversation_id, number=number)


def record(*, acks: dict, reads: dict, devices: dict) -> dict[int, list[str]]:
    """Store receipts; the `marks` frames for the other parties, by user."""
    return receipts.hints(marks=receipts.record(acks=acks, reads=reads, devices=devices))
