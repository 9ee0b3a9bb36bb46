"""What a node counts. Plain numbers, added up where things happen; chat.exporter shows them to Prometheus.

prometheus_client's own counters take a lock for each step. Here a step is an addition in the event loop, of which there
is one; threads count errors only, and may lose one.
"""

import time
from bisect import bisect_left
from collections import Counter
from datetime import datetime

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
MESSAGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
CREATED = '"created_at":"'
NOWHERE = '"conversation":null'  # behind the id, within so many characters:
HEAD = 48


class Histogram:
    """How many values were at most so large, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Counts:
    """Since the process started."""

    __slots__ = (
        "acked_after",
        "batch",
        "closed",
        "commit",
        "held",
        "layer_errors",
        "old",
        "pushed",
        "pushed_after",
        "refilled",
        "refused",
        "repeated",
        "skew",
        "store_errors",
        "stored",
    )

    def __init__(self):
        self.stored = self.repeated = 0  # messages
        self.pushed = self.refilled = self.held = self.old = 0  # events
        self.layer_errors = self.store_errors = 0
        self.refused: Counter[str] = Counter()  # frames and messages, by the code of their error
        self.closed: Counter[int] = Counter()  # connections that we ended, by close code
        self.batch = Histogram(MESSAGES)
        self.commit = Histogram(SECONDS)
        self.pushed_after = Histogram(SECONDS)  # since the message was created; only what was rung
        self.acked_after = Histogram(SECONDS)
        self.skew = 0.0  # seconds that the database's clock is ahead of ours

    def age(self, message: str) -> float | None:
        """How many seconds ago this message, as JSON, was created. What users wrote comes before that field.

        None for a notification: many people get theirs one behind the other, which says nothing of how fast we are.
        """
        if NOWHERE in message[:HEAD]:
            return None
        start = message.rfind(CREATED) + len(CREATED)
        try:
            created = datetime.fromisoformat(message[start : message.index('"', start)]).timestamp()
        except ValueError:  # another version's
            return None
        return max(0.0, time.time() + self.skew - created)


counts = Counts()
