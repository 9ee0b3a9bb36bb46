"""One device's connection: what it is told, in which order, and how much of it waits."""

import asyncio
import logging
import uuid
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, replace
from math import inf
from random import uniform
from time import monotonic

from django.conf import settings

from messages_store.changes import Change
from messages_store.drafts import Draft
from messages_store.errors import ChatError
from messages_store.events import Event, accepted
from messages_store.services.resuming import Standing
from messages_store.services.sending import Accepted

from . import protocol
from .cursor import Cursor
from .database import Unavailable
from .entry import Entry
from .metrics import counts
from .pending import Pending
from .services.proofs import Proof

logger = logging.getLogger(__name__)

PAGE = 100  # events that one read of the database brings
HINTS = 100  # frames that may wait before hints are left out
REPLIES = 200  # frames that may wait before we stop reading what the client sends
WEIGHT = 131_072  # characters that may wait before events are left in the database: a window of long ones is megabytes

ReadInbox = Callable[..., Awaitable[list[Event] | None]]


class Connection:
    """Pushes a user's events to one device.

    Whoever has something for the device only notes it here and returns at once; one task (`write`) awaits the socket.
    So a slow client delays nobody, and its memory is bounded: by window and weight for events, by leaving them
    out for hints, and by not reading on (`drained`) for answers.
    """

    def __init__(self, *, proof: Proof, send: Callable[[dict], Awaitable[None]], read_inbox: ReadInbox):
        self.id = uuid.uuid4().hex
        self.user_id, self.proof = proof.user_id, proof
        self.leaves_at = inf
        self.heard: Callable[[], float] | None = None  # when something came last; None: the server does not tell
        self.device_kind = ""
        self._timed: tuple[int, float] | None = None  # an event whose ack is waited for, and when it was created
        self.epoch = ""
        self.ended = False
        self.entry: Entry | None = None  # from when it asks for its place
        self._send = send
        self._read_inbox = read_inbox
        self._cursor: Cursor | None = None
        self.acked = self._rung = 0
        self._pending = Pending()
        self._stored: dict[int, list[tuple[str, Accepted]]] = defaultdict(list)  # by seq: answers that wait for it
        self._frames, self._weight = deque[str](), 0  # and the characters in them
        self._wake = asyncio.Event()
        self._drained: asyncio.Event | None = None  # only while more waits than may
        self._close: dict | None = None
        self._refilling: asyncio.Task | None = None
        self._looking: asyncio.TimerHandle | None = None

    # What is pushed

    def welcome(self, frame: str, standing: Standing, *, start: int) -> None:
        """Start after seq `start`."""
        self.epoch = standing.epoch
        self._cursor = Cursor(start=start, window=settings.IM_WINDOW, answers=self._pending)
        self.acked = start
        self.push(frame)
        self.look(max(standing.head, self._rung))

    def ring(self, events: Iterable[Event], head: int) -> None:
        """Events arrived, probably the next ones; `head` is the last of them."""
        if self._cursor is None:  # its commit may have come after the look that `welcome` goes by
            self._rung = max(self._rung, head)
            return
        before, event = self._cursor.pushed, None
        for event in events:
            if self._weight >= WEIGHT:
                break
            self._overhear(event)
        if self._timed is None and event is not None and before < event.seq <= self._cursor.pushed:
            self._measure(event)
        self.look(head, after=settings.IM_HOLD_SECONDS)

    def hint(self, frame: str) -> bool:
        """A frame that may be lost: left out when the client is slow, which False tells."""
        if self._cursor is None or len(self._frames) >= HINTS:
            return False
        self.push(frame)
        return True

    def look(self, head: int, *, after: float = 0) -> None:
        """There are events up to `head`: read them, unless they come by themselves within `after` seconds."""
        if self._cursor is None:
            return
        self._cursor.note(head)
        busy = self._looking or self._refilling or self.ended or self._weight >= WEIGHT
        if busy or not self._cursor.behind or self._cursor.room <= 0:
            return
        if after:
            self._looking = asyncio.get_running_loop().call_later(after, self._refill)
        else:
            self._refill()

    @property
    def head(self) -> int:
        return self._cursor.head if self._cursor else 0

    @property
    def cursor(self) -> int:
        """The last seq that was pushed."""
        return self._cursor.pushed if self._cursor else 0

    def _overhear(self, event: Event) -> None:
        """Take an event that came by another way than our answer. It stands for the answer if it is what was sent here:
        another device may have used the client_id for another message at the same moment."""
        stored = any(token == event.client_id for token, _ in self._stored.get(event.seq, ()))
        if not stored and any(not event.tells(draft) for draft in self._pending.drafts(event.client_id)):
            event = replace(event, client_id=None)
        self._offer(event)

    def _measure(self, event: Event) -> None:
        """How long its way here took, and how long its ack will take. One event at a time: under load, some of many."""
        age = counts.age(event.message) if event.event == "message" else None
        if age is not None:
            counts.pushed_after.observe(age)
            self._timed = event.seq, monotonic() - age

    def _offer(self, event: Event) -> None:
        due = self._cursor.offer(event)
        if due:
            counts.pushed += len(due)
        elif event.seq <= self._cursor.pushed:
            counts.old += 1
        elif event.seq > self._cursor.pushed + 1:
            counts.held += 1
        for ready in due:
            stored = self._stored.pop(ready.seq, [])
            if ready.client_id in self._pending:
                for _ in range(max(1, sum(token == ready.client_id for token, _ in stored))):
                    self.push(ready.accepted(client_id=self._pending.pop(ready.client_id)[1]))
            else:
                self.push(ready.frame())
            for token, outcome in stored:  # whose event has another token: what it changed was changed again meanwhile
                if token != ready.client_id:
                    self._accept(token, outcome)

    # What is missing

    def _refill(self) -> None:
        self._looking = None
        if self._cursor.behind and self._cursor.room > 0 and not self._refilling and not self.ended:
            self._refilling = asyncio.create_task(self._read())
            self._refilling.add_done_callback(self._refilled)

    async def _read(self) -> bool:
        """Read what is missing from the database, in order; False when it is not to be had now."""
        cursor, most = self._cursor, PAGE
        while cursor.behind and cursor.room > 0:
            try:
                page = await self._read_inbox(user_id=self.user_id, after=cursor.pushed, limit=min(most, cursor.room))
            except Unavailable:
                return False
            if page is None:
                self.end(protocol.Close.DRAINING, "What comes next was pruned; connect again.", reconnect_after=0)
                return True
            if not page:
                cursor.forget()
            for taken, event in enumerate(page):
                if self._weight >= WEIGHT:  # the rest is read again, in pages that fit
                    most = max(1, taken)
                    break
                if event.seq not in self._stored and self._pending.may_be(event):
                    return False  # which change it was, its answer will tell
                counts.refilled += 1
                self._overhear(event)
            await self.drained()
        return True

    def _refilled(self, task: asyncio.Task) -> None:
        self._refilling = None
        if task.cancelled() or self.ended:
            return
        if task.exception() is not None:
            logger.error("Reading an inbox failed", exc_info=task.exception())
        failed = task.exception() is not None or not task.result()
        self.look(self.head, after=uniform(0.5, 1.5) if failed else 0)  # noqa: S311

    # What the client sends

    def expect(self, draft: Draft | Change, as_written: str | None) -> bool:
        """Note a send or a change that will be answered; False if there are too many already."""
        if len(self._pending) >= settings.IM_PENDING_SENDS:
            return False
        self._pending.add(draft, as_written)
        return True

    def answer(self, token: str, outcome: Accepted | ChatError, event: Event | None) -> None:
        """The outcome of a send or a change. What was stored takes its place among the events of the inbox."""
        if token not in self._pending or self._cursor is None:
            return  # its event came by another way, and was the answer
        if isinstance(outcome, ChatError):
            draft, as_written = self._pending.pop(token)
            self.refuse(outcome, client_id=as_written, message_id=None if isinstance(draft, Draft) else draft.message)
        elif outcome.seq <= self._cursor.pushed:
            self._accept(token, outcome)
        else:
            if event is not None:
                self._offer(event)
            if outcome.seq > self._cursor.pushed:
                self._stored[outcome.seq].append((token, outcome))
            self.look(outcome.seq, after=0 if event is None else settings.IM_HOLD_SECONDS)

    def _accept(self, token: str, outcome: Accepted) -> None:
        if token in self._pending:
            client_id = self._pending.pop(token)[1] or outcome.client_id
            self.push(accepted(**{**asdict(outcome), "client_id": client_id}))

    def ack(self, seq: int) -> int:
        """The client has everything up to `seq`; returns what of it counts."""
        counted = self._cursor.ack(seq)
        if self._timed is not None and counted >= self._timed[0]:
            counts.acked_after.observe(monotonic() - self._timed[1])
            self._timed = None
        self.acked = max(self.acked, counted)
        self.look(self._cursor.head)
        return counted

    # The socket

    def push(self, frame: str) -> None:
        """Write a frame as soon as the socket takes it."""
        if self.ended:
            return
        self._put(frame)
        if (len(self._frames) >= REPLIES or self._weight >= WEIGHT) and self._drained is None:
            self._drained = asyncio.Event()

    def _put(self, frame: str) -> None:
        self._frames.append(frame)
        self._weight += len(frame)
        self._wake.set()

    def refuse(self, error: ChatError, *, client_id: str | None = None, message_id: int | None = None) -> None:
        """Answer with an error; the connection goes on."""
        counts.refused[error.code] += 1
        self.push(protocol.error(error, client_id=client_id, message_id=message_id))

    async def drained(self) -> None:
        """Wait until the client has taken enough of what waits for it."""
        if self._drained is not None:
            await self._drained.wait()

    def end(self, code: int, reason: str, *, reconnect_after: float | None = None) -> None:
        """Say bye and close."""
        if not self.ended:
            self.ended = True
            counts.closed[code] += 1
            self._close = {"type": "websocket.close", "code": code}
            self._put(protocol.build(protocol.Bye(code, reason, reconnect_after)))

    async def write(self) -> None:
        """Write what waits, for as long as the connection lives; returns after the close."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._frames:
                frame = self._frames.popleft()
                self._weight -= len(frame)
                await self._send({"type": "websocket.send", "text": frame})
            self._let_in()
            self.look(self.head)  # what was left in the database
            if self._close:
                await self._send(self._close)
                return

    def abandon(self) -> None:
        """The socket is gone."""
        self.ended = True
        self._let_in()
        if self._looking:
            self._looking.cancel()
        if self._refilling:
            self._refilling.cancel()

    def _let_in(self) -> None:
        """Whoever waits in `drained` goes on."""
        waited_for, self._drained = self._drained, None
        if waited_for is not None:
            waited_for.set()
