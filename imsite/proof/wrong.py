"""What must not be, by its kind. Pure."""

from typing import NamedTuple

LOST, DOUBLE, ORDER, STRANGER = "lost", "double", "out of order", "to strangers"
OTHER = "else wrong"  # answers that contradict each other, closes without a reason, what was never answered
KINDS = (LOST, DOUBLE, ORDER, STRANGER, OTHER)


class Wrong(NamedTuple):
    """One thing that must not be."""

    kind: str
    what: str
    at: float | None = None  # seconds of the monotonic clock; None: found at the end

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"
