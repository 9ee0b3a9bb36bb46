"""One device over one connection after the other: what came, what is said, and what became of it."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from random import uniform
from time import monotonic

from .backoff import Backoff
from .connection import Connection, End, Ended
from .errors import Closed, ImsiteError, WrongUser, answered
from .frames import Frame, Hint, Refusal, Unknown, Welcome
from .intake import Intake, Resync, Verdict
from .outbox import Outbox
from .records import Accepted, Event
from .store import Cursor, Store
from .talker import Talker

logger = logging.getLogger("imsite_client")

TRANSIENT = frozenset({"busy", "rate_limited", "unauthenticated"})  # the last one: the connection is about to end
LASTED = 5.0  # seconds after which a connection counts as a good one
DEFAULT_PAUSE = 1.0  # seconds, where the server asks for time and not for how much


class Session:
    """What a Socket stands on. `urls` never end; `failure` is why there will be no more connections."""

    def __init__(
        self,
        urls: Iterator[str],
        headers: Mapping[str, str],
        *,
        store: Store,
        device: Mapping[str, str],
        own: bool,
        on_hint: Callable[[Hint], None] | None,
        in_flight: int,
        heartbeat: float,
        ack_after: float,
        backoff: Backoff,
    ):
        self._urls = urls
        self._headers = headers
        self._device = device
        self._own = own
        self._on_hint = on_hint
        self._heartbeat = heartbeat
        self._backoff = backoff
        self._cursor: Cursor | None = None
        self._left = False
        self._saving = False  # what was handled is not to be acknowledged yet
        self._news = asyncio.Event()  # for who waits for events
        self._answers = asyncio.Event()  # for who waits for answers
        self._ready = asyncio.Event()
        self.store = store
        self.intake = Intake()
        self.outbox = Outbox(in_flight=in_flight)
        self.talker = Talker(self.outbox, ack_after=ack_after, refuse=self._answered)
        self.failure: Exception | None = None
        self.welcome: Welcome | None = None

    async def load(self) -> None:
        """Begin where the store says."""
        saved = await self.store.load()
        self._cursor = saved.cursor
        if saved.cursor is not None:
            self.intake = Intake(saved.cursor.epoch, saved.cursor.seq)
        for draft in saved.outbox:
            self.outbox.add(draft)

    async def next(self) -> Event | Resync | None:
        """What is to be handled next; the same again until it is. None when the socket was left."""
        while True:
            if self.failure is not None:
                raise self.failure
            if self._left:
                return None
            item = self.intake.first()
            if item is not None:
                return item
            self._news.clear()
            await self._news.wait()

    async def handled(self, item: Event | Resync) -> None:
        """Its place is written first, and then acknowledged: what the store does not know comes again."""
        if self.intake.done(item):
            self._saving = True
            try:
                await self._save(self.intake.handled, item.epoch)
            finally:
                self._saving = False
            self.talker.handled(self.intake.handled)

    async def ready(self) -> Welcome:
        await self._ready.wait()
        if self.welcome is None:
            raise self.failure or ImsiteError("The socket was left before there was a connection.", code="left")
        return self.welcome

    async def emptied(self) -> None:
        """Wait until the outbox is empty."""
        while len(self.outbox):
            if self.failure is not None:
                raise self.failure
            self._answers.clear()
            await self._answers.wait()

    async def finish(self) -> None:
        """Say and write what was gathered. Whoever waits for more need not any longer."""
        self._left = True
        self._end(ImsiteError("The socket was left before there was an answer.", code="left"))
        await self.talker.flush()
        if self.welcome is not None and self.intake.epoch is not None and self.intake.handled:
            await self._save(self.intake.handled, self.intake.epoch)

    # One connection after the other

    async def keep(self) -> None:
        failures = 0
        try:
            for url in self._urls:
                began = monotonic()
                end = await self._visit(url)
                if end.final:
                    raise Closed(end.reason or "not welcome", close_code=end.code, status=end.status)
                failures = 0 if monotonic() - began > LASTED else failures + 1
                pause = end.reconnect_after + self._backoff.after(failures)
                logger.info("%s: %s (%s); again in %.1f s", url, end.reason or "closed", end.code, pause)
                await asyncio.sleep(pause)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """There will be no more connections: everybody who waits is told why."""
        self.failure = error
        self._end(error if isinstance(error, ImsiteError) else ImsiteError(f"the client failed: {error!r}"))

    def _end(self, reason: ImsiteError) -> None:
        self.outbox.give_up(reason)
        for event in (self._news, self._answers, self._ready):
            event.set()

    async def _visit(self, url: str) -> End:
        try:
            async with Connection(url, self._headers, heartbeat=self._heartbeat) as connection:
                seq = self.intake.seen if self.intake.epoch is not None else None
                await connection.send("hello", device=self._device, epoch=self.intake.epoch, seq=seq)
                welcome = await self._welcomed(connection)
                works = [self.talker.talk(connection, welcome), self._listen(connection)]
                tasks = [asyncio.create_task(work) for work in works]
                try:
                    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
                done.pop().result()
        except Ended as ended:
            return ended.end
        return End()

    async def _welcomed(self, connection: Connection) -> Welcome:
        while not isinstance(frame := await connection.next(), Welcome):
            logger.warning("instead of a welcome: %s", frame)
        if self._cursor is not None and self._cursor.user != frame.user.id:
            raise WrongUser(f"The state that was kept is of user {self._cursor.user}, the token of {frame.user.id}.")
        connection.epoch, self.welcome = frame.epoch, frame
        self.intake.welcomed(frame.epoch, frame.start, resync=frame.resync)
        self.talker.handled(self.intake.handled)
        if self._cursor is None and self.intake.first() is None:
            await self._save(frame.start, frame.epoch)
        self._news.set()
        self._ready.set()
        return frame

    async def _listen(self, connection: Connection) -> None:
        while True:
            await self._heard(await connection.next(), connection)

    async def _heard(self, frame: Frame, connection: Connection) -> None:
        if isinstance(frame, Event):
            await self._came(frame, connection)
        elif isinstance(frame, Accepted):
            if frame.client_id is not None:
                await self._answered(frame.client_id, frame)
            self.intake.take_answer(frame.seq)
            self._passed()
        elif isinstance(frame, Refusal):
            await self._refused(frame)
        elif isinstance(frame, Unknown) and frame.seq is not None:
            self._take(frame.seq, None, connection)
        elif isinstance(frame, Hint) and self._on_hint is not None:
            self._on_hint(frame)

    async def _came(self, event: Event, connection: Connection) -> None:
        message = event.message
        mine = self.welcome is not None and message.sender == self.welcome.user.id
        if mine and event.type == "message" and message.client_id is not None and message.client_id in self.outbox:
            # Its `accepted` was lost with another connection; the event says the same.
            await self._answered(message.client_id, accepted_by(event))
        self._take(event.seq, event if self._own or not mine else None, connection)

    def _take(self, seq: int, event: Event | None, connection: Connection) -> None:
        verdict = self.intake.take(seq, event)
        if verdict is Verdict.HOLE:
            connection.abort()
            raise Ended(End(reason=f"{seq} came after {self.intake.seen}: what is between is missing"))
        if verdict is Verdict.DUPLICATE:
            self.talker.again(seq)
        self._passed()

    def _passed(self) -> None:
        """What needs no handling at the front is done; what does waits for the loop."""
        if not self._saving:
            self.talker.handled(self.intake.handled)
        if self.intake.first() is not None:
            self._news.set()

    # What became of what was said

    async def _answered(self, client_id: str, answer: Accepted | ImsiteError) -> None:
        if client_id in self.outbox:
            await self.store.remove(client_id)
            if isinstance(answer, ImsiteError):
                logger.warning("message %s was refused: %s", client_id, answer)
            self.outbox.answered(client_id, answer)
            self._answers.set()
            self.talker.wake()

    async def _refused(self, frame: Refusal) -> None:
        if frame.client_id is None:
            logger.warning("refused: %s: %s", frame.code, frame.message)
        elif frame.code in TRANSIENT:
            pause = frame.retry_after or DEFAULT_PAUSE
            self.outbox.pause(frame.client_id, monotonic() + pause * uniform(1, 1.2))  # noqa: S311
            self.talker.wake()
        else:
            error = answered(frame.code, frame.message, retry_after=frame.retry_after)
            await self._answered(frame.client_id, error)

    async def _save(self, seq: int, epoch: str) -> None:
        assert self.welcome is not None  # noqa: S101 (for the type checker)
        cursor = Cursor(user=self.welcome.user.id, epoch=epoch, seq=seq)
        if cursor != self._cursor:
            await self.store.save_cursor(cursor)
            self._cursor = cursor


def accepted_by(event: Event) -> Accepted:
    """One's own event as the answer that it stands for."""
    message = event.message
    return Accepted(
        client_id=message.client_id,
        message=message.id,
        conversation=message.conversation,
        number=message.number,
        created_at=message.created_at,
        seq=event.seq,
    )
