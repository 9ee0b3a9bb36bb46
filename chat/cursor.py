"""Which events a connection gets next: in order, without holes, once, and no more than it acknowledges. Pure."""

from bisect import bisect_right
from collections.abc import Container

from messages_store.events import Event

HELD = 64  # events ahead of a gap that wait for it to close; what comes beyond is read from the database


class Cursor:
    """One connection's place in its user's inbox.

    `pushed` is the last seq that went out, `head` the highest seq that is known to exist. An event whose client_id is
    in `answers` goes out as the answer to a send; it needs no acknowledgement and no place in the window.
    """

    __slots__ = ("_answers", "_held", "_unacked", "_window", "head", "pushed")

    def __init__(self, *, start: int, window: int, answers: Container[str] = ()):
        self.pushed = self.head = start
        self._window = window
        self._answers = answers
        self._unacked: list[int] = []
        self._held: dict[int, Event] = {}

    @property
    def room(self) -> int:
        """How many more events may go out before an acknowledgement."""
        return self._window - len(self._unacked)

    @property
    def behind(self) -> bool:
        """Whether there are events that did not go out."""
        return self.head > self.pushed

    def note(self, head: int) -> None:
        """There are events up to `head`."""
        self.head = max(self.head, head)

    def forget(self) -> None:
        """The database has nothing after `pushed`."""
        self.head = self.pushed

    def offer(self, event: Event) -> list[Event]:
        """Take an event; what goes out now: nothing, the event, or the event and those that were held behind it."""
        if event.seq <= self.pushed:
            return []
        self.note(event.seq)
        if event.seq > self.pushed + 1:
            if len(self._held) < HELD:
                self._held[event.seq] = event
            return []
        out = []
        following: Event | None = event
        while following is not None and self._take(following):
            out.append(following)
            following = self._held.pop(self.pushed + 1, None)
        if self._held and min(self._held) <= self.pushed:
            self._held = {seq: held for seq, held in self._held.items() if seq > self.pushed}
        return out

    def _take(self, event: Event) -> bool:
        if event.client_id is None or event.client_id not in self._answers:
            if self.room <= 0:
                return False
            self._unacked.append(event.seq)
        self.pushed = event.seq
        return True

    def ack(self, seq: int) -> int:
        """The device has everything up to `seq`; returns what of it counts: never beyond what was pushed."""
        seq = min(seq, self.pushed)
        del self._unacked[: bisect_right(self._unacked, seq)]
        return seq
