"""When what was rung may have reached nobody, for the trace: noted where it happens, written with the next beat."""

from dataclasses import dataclass
from time import monotonic

UNTOLD = 100  # gaps that wait for the store; beyond it the last one grows


@dataclass(slots=True, eq=False)
class Gap:
    """In seconds of the monotonic clock; `ended` None: it lasts. `row`: under which id the store knows it."""

    began: float
    ended: float | None = None
    row: int | None = None


class Gaps:
    """Of one way out. Any number of failures in a row are one gap; the next success ends it."""

    def __init__(self):
        self._untold: list[Gap] = []
        self._open: Gap | None = None

    def failed(self, since: float) -> None:
        """What was rung since then may be lost."""
        if self._open is not None:
            return
        if len(self._untold) >= UNTOLD:
            self._open = self._untold[-1]
            self._open.ended = None
        else:
            self._open = Gap(since)
            self._untold.append(self._open)

    def worked(self) -> None:
        if self._open is not None:
            self._open.ended = monotonic()
            self._open = None

    def untold(self) -> list[Gap]:
        return list(self._untold)

    def told(self, gap: Gap) -> None:
        """The store knows all of it."""
        if gap is not self._open and gap in self._untold:
            self._untold.remove(gap)
