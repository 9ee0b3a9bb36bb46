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

from messages_store.drafts import Draft
from messages_store.errors import Busy, ChatError
from messages_store.events import Event
from messages_store.services import reading, receipts, sending

from . import protocol
from .bells import Bells
from .database import Threads, Unavailable
from .metrics import counts
from .turns import Turns

logger = logging.getLogger(__name__)

PATIENCE = 1.5  # seconds that a transaction may be on its way before whoever waits is told `busy`

Answer = Callable[[str, sending.Accepted | ChatError, Event | None], None]


class Waiting(NamedTuple):
    """A draft in the queue, and who wants to know what became of it."""

    draft: Draft
    answer: Answer


class Sender:
    """Stores messages in group commits, answers, and then rings.

    A store that is gone may keep a transaction for long. Nobody waits for that: whoever has waited too long is told
    `busy`, and so is everybody who comes before it has ended. Of what was on its way nobody knows whether it will be
    stored; sent again with its client_id, it gets the one answer.
    """

    def __init__(self, *, threads: Threads, bells: Bells):
        self._threads = threads
        self._bells = bells
        self._queue: Turns[Waiting] = Turns()  # by sender: a flood of one's own makes nobody else wait
        self._wake = asyncio.Event()
        self._stalled = False
        self.stored = 0  # messages, since the start
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def send(self, draft: Draft, answer: Answer) -> None:
        """Store a message with the next transaction; `busy` at once where too many wait, or for too long."""
        if self._stalled or len(self._queue) >= settings.IM_QUEUE:
            answer(str(draft.client_id), Busy(), None)
            return
        self._queue.put(draft.sender, Waiting(draft, answer))
        self.idle.clear()
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._store(self._queue.take(settings.IM_BATCH))
            self.idle.set()

    async def _store(self, batch: Sequence[Waiting]) -> None:
        began = monotonic()
        with self._patience(batch):
            try:
                sent = await self._threads.run(sending.send, [waiting.draft for waiting in batch])
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
        for one in [*batch, *self._queue.take(len(self._queue))]:
            one.answer(str(one.draft.client_id), Busy(), None)

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
            client_id = str(waiting.draft.client_id)
            stored = isinstance(outcome, sending.Accepted)
            self.stored += stored
            waiting.answer(client_id, outcome, own.get((waiting.draft.sender, client_id)) if stored else None)


class Recorder:
    """Stores acks and read marks, gathered for a moment, and tells the other parties."""

    def __init__(self, *, threads: Threads, bells: Bells):
        self._threads = threads
        self._bells = bells
        self._acks: dict[int, int] = {}
        self._reads: dict[tuple[int, int], int] = {}
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        return len(self._acks) + len(self._reads)

    def ack(self, *, user_id: int, seq: int) -> None:
        if seq > self._acks.get(user_id, 0):
            self._acks[user_id] = seq
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
            if not await self._store(acks, reads):
                self._take_back(acks, reads)
                await asyncio.sleep(1)
            if not self._acks and not self._reads:
                self.idle.set()

    async def _store(self, acks: dict, reads: dict) -> bool:
        try:
            hints = await self._threads.run(record, acks=acks, reads=reads, at_most=settings.IM_MARKS_MEMBERS)
        except Unavailable:
            return False
        except Exception:
            logger.exception("Storing receipts of %s users failed", len(acks) + len(reads))
            return True
        self._bells.hint(hints)
        return True

    def _take_back(self, acks: dict, reads: dict) -> None:
        for user_id, seq in acks.items():
            self.ack(user_id=user_id, seq=seq)
        for (user_id, conversation_id), number in reads.items():
            self.read(user_id=user_id, conversation_id=conversation_id, number=number)


def record(*, acks: dict, reads: dict, at_most: int) -> dict[int, list[str]]:
    """Store receipts; the `marks` frames for the other parties, by user."""
    marks: dict[tuple[int, int], dict] = {}
    for mark in receipts.record(acks=acks, reads=reads):
        moved = {"sent": mark.sent, "read": mark.read}
        fields = marks.setdefault((mark.conversation, mark.user), {})
        fields.update({name: number for name, number in moved.items() if number is not None})
    people = reading.member_ids(conversation_ids=[conversation for conversation, _ in marks], at_most=at_most)
    hints: dict[int, list[str]] = {}
    for (conversation, user_id), fields in marks.items():
        frame = protocol.build(protocol.Marks(conversation, user_id, **fields))
        for other in people.get(conversation, ()):
            if other != user_id:
                hints.setdefault(other, []).append(frame)
    return hints
