"""How long to wait before the next attempt."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random


@dataclass(frozen=True)
class Backoff:
    """Anywhere between nothing and a ceiling that doubles (full jitter), in seconds.

    Those who lost the same node so don't all come back in the same moment.
    """

    base: float = 0.5
    most: float = 30.0
    random: Callable[[], float] = random

    def after(self, failures: int) -> float:
        """The pause after so many failures in a row."""
        return self.random() * min(self.most, self.base * 2.0 ** min(failures, 30))
