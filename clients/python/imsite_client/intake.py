"""What came and was not handled yet, in order, without holes and once. Pure."""

from collections import deque
from enum import Enum

from .records import Event, Record


class Resync(Record, frozen=True):
    """What lies between the cursor and `seq` cannot be had as events any more: fetch the state by REST.

    The events that follow go on after `seq`.
    """

    epoch: str
    seq: int


class Verdict(Enum):
    NEXT = "the next one"
    DUPLICATE = "was there before"
    HOLE = "something before it is missing"


class Intake:
    """`seen` is the last seq that came, `handled` the last one up to which everything is done. `epoch` is None before
    the first welcome of a device that keeps nothing."""

    def __init__(self, epoch: str | None = None, seq: int | None = None):
        self.epoch = epoch
        self.seen = self.handled = seq if seq is not None else 0
        self._waiting: deque[tuple[int, Event | Resync | None]] = deque()
        self._ahead: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def welcomed(self, epoch: str, start: int, *, resync: bool = False) -> None:
        """A connection begins, whose events follow after `start`."""
        if self.epoch is None and not resync:
            self.epoch, self.seen, self.handled = epoch, start, start
        elif resync or epoch != self.epoch or start > self.seen:
            self._waiting.clear()
            self._ahead.clear()
            self.epoch, self.seen, self.handled = epoch, start, 0
            self._waiting.append((start, Resync(epoch=epoch, seq=start)))

    def take(self, seq: int, event: Event | None) -> Verdict:
        """An entry came, for the application or (None) for nobody."""
        if seq <= self.seen:
            return Verdict.DUPLICATE
        if seq > self.seen + 1:
            return Verdict.HOLE
        self._append(seq, event)
        while self.seen + 1 in self._ahead:
            self._ahead.remove(self.seen + 1)
            self._append(self.seen + 1, None)
        return Verdict.NEXT

    def take_answer(self, seq: int) -> None:
        """An `accepted` stands for its message's entry. Repeated, it may come before its turn: passed over then."""
        if self.take(seq, None) is Verdict.HOLE:
            self._ahead.add(seq)

    def first(self) -> Event | Resync | None:
        """What is to be handled next."""
        return self._waiting[0][1] if self._waiting else None

    def done(self, item: Event | Resync) -> bool:
        """The first one was handled; whether it still was the first: a resync puts all of them away."""
        if self.first() is not item:
            return False
        self.handled = self._waiting.popleft()[0]
        self._pass()
        return True

    def _append(self, seq: int, event: Event | None) -> None:
        self.seen = seq
        self._waiting.append((seq, event))
        self._pass()

    def _pass(self) -> None:
        while self._waiting and self._waiting[0][1] is None:
            self.handled = self._waiting.popleft()[0]
