"""Every message of one measurement: when it left, whether it was accepted, who got it. Pure.

A message is done when its sender has its `accepted` and every receiver has its copy.
"""

from array import array
from collections import Counter
from dataclasses import dataclass, field

# A UUID that carries the run, the connection and the message's count.
_ID = "{run}-{who:04x}-4000-8000-{n:012x}"


@dataclass
class Sender:
    """What one connection said: by the message's count, beginning with 0."""

    sent_at: array = field(default_factory=lambda: array("d"))
    missing: array = field(default_factory=lambda: array("h"))  # copies that have not arrived
    accepted: bytearray = field(default_factory=bytearray)
    waiting: dict[int, float] = field(default_factory=dict)  # what is not done, and when it left
    resent: bool = False  # then its messages may overtake each other


class Ledger:
    """`copies`: how many receivers one message has."""

    def __init__(self, run: str, senders: int, copies: int) -> None:
        self.run, self.copies = run, copies
        self.senders = [Sender() for _ in range(senders)]
        self.measured = (float("inf"), float("inf"))  # from, to: by the same clock as everything else
        self.latencies = array("d")  # seconds from leaving to each copy's arrival, of what left while it was measured
        self.done = self.deliveries = 0  # while it was measured
        self.finished = 0  # messages that were done, ever
        self.heard = 0  # frames about messages, ever: while this counts on, nothing is lost yet
        self.faults: Counter[str] = Counter()

    def sends(self, who: int, now: float) -> str:
        """Note a new message; returns its client_id."""
        sender = self.senders[who]
        n = len(sender.sent_at)
        sender.sent_at.append(now)
        sender.missing.append(self.copies)
        sender.accepted.append(0)
        sender.waiting[n] = now
        return _ID.format(run=self.run, who=who, n=n)

    def find(self, client_id: str) -> tuple[int, int] | None:
        """(connection, count) of a message of this run; None for what an earlier run left behind."""
        if not client_id.startswith(self.run):
            return None
        return int(client_id[9:13], 16), int(client_id[24:], 16)

    def accepts(self, who: int, n: int, now: float) -> bool:
        """Note an `accepted`; True when that made the message done."""
        self.heard += 1
        sender = self.senders[who]
        if sender.accepted[n]:
            self.faults["accepted twice"] += 1
            return False
        sender.accepted[n] = 1
        return sender.missing[n] == 0 and self._finish(sender, n, now)

    def receives(self, who: int, n: int, now: float) -> bool:
        """Note one copy's arrival; True when that made the message done."""
        self.heard += 1
        sender = self.senders[who]
        if not sender.missing[n]:
            self.faults["received twice"] += 1
            return False
        sender.missing[n] -= 1
        first, last = self.measured
        if first <= now < last:
            self.deliveries += 1
        if first <= (left := sender.sent_at[n]) < last:
            self.latencies.append(now - left)
        return not sender.missing[n] and bool(sender.accepted[n]) and self._finish(sender, n, now)

    def _finish(self, sender: Sender, n: int, now: float) -> bool:
        first, last = self.measured
        self.done += first <= now < last
        self.finished += 1
        return sender.waiting.pop(n, None) is not None

    def abandon(self, who: int, before: float) -> int:
        """Stop waiting for what left before then; returns how many that were. They are still counted when they come."""
        waiting = self.senders[who].waiting
        old = [n for n, left in waiting.items() if left < before]
        for n in old:
            del waiting[n]
        return len(old)

    @property
    def waiting(self) -> int:
        return sum(len(sender.waiting) for sender in self.senders)

    def losses(self) -> dict[str, int]:
        """Copies of accepted messages that never arrived, and messages that nobody answered."""
        lost = unanswered = 0
        for sender in self.senders:
            for missing, accepted in zip(sender.missing, sender.accepted, strict=True):
                lost += missing if accepted else 0
                unanswered += not accepted
        return {"lost": lost, "unanswered": unanswered}
