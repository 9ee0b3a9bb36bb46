"""Which fault a message met, and what became of it: one row for each kind, and one for all. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from .record import BROKEN, Record, Said
from .wrong import OTHER, Wrong

KILLS = "node killed"  # what breaks connections; whatever else happens to a node, it says bye
NOTHING, STORE, TOTAL = "nothing broken", "found at the end", "total"


@dataclass(slots=True)
class Episode:
    """From when something broke to when the next thing did.

    It was mended at `ended`, and nothing was late any more at `healed`; None: that never was.
    """

    what: str
    began: float
    ended: float | None = None
    healed: float | None = None

    @property
    def took(self) -> float | None:
        """Seconds to heal; None where nothing was to be mended."""
        if self.ended is None:
            return None
        return inf if self.healed is None else self.healed - self.ended


@dataclass(slots=True)
class Row:
    """What happened in all episodes of one kind. The worst times, in seconds; None: there was nothing to measure."""

    fault: str
    times: int = 0  # that it happened
    sent: int = 0
    accepted: int = 0
    wrongs: Counter[str] = field(default_factory=Counter)
    reconnects: int = 0
    heal: float | None = None  # from the end of a fault until nothing was late
    answer: float | None = None  # from sending to `accepted`

    def add(self, other: "Row") -> None:
        self.times += other.times
        self.sent += other.sent
        self.accepted += other.accepted
        self.wrongs += other.wrongs
        self.reconnects += other.reconnects
        self.heal = _worst(self.heal, other.heal)
        self.answer = _worst(self.answer, other.answer)


class Arrival(NamedTuple):
    """A message, and when it was accepted and with both; None: it is not."""

    said: Said
    at: float | None


def rows(
    episodes: Sequence[Episode], arrivals: Iterable[Arrival], records: Iterable[Record], wrongs: Iterable[Wrong]
) -> list[Row]:
    """In the order in which they happened first, the total last."""
    of = [Row(episode.what, times=int(episode.what != NOTHING), heal=episode.took) for episode in episodes]
    for said, arrived in arrivals:
        # Whatever broke while it was on its way is what it met; if it never arrived: what was broken when it was said.
        _count(of[_met(episodes, said.at if arrived is None else arrived)], said)
    for record in records:
        for visit in record.visits[:-1]:
            of[_met(episodes, visit.ended or 0)].reconnects += 1
    at_the_end = Row(STORE)
    for wrong in wrongs:
        (at_the_end if wrong.at is None else of[_met(episodes, wrong.at)]).wrongs[wrong.kind] += 1
    return _summed([*of, *([at_the_end] if at_the_end.wrongs else [])])


def cut_off(episodes: Sequence[Episode], records: Iterable[Record]) -> Iterable[Wrong]:
    """Connections that broke while no node was killed."""
    for record in records:
        for visit in record.visits:
            if visit.code == BROKEN and episodes[_met(episodes, visit.ended or 0)].what != KILLS:
                yield Wrong(OTHER, f"{record.name} was cut off by node {visit.node} without a close", visit.ended)


def _met(episodes: Sequence[Episode], at: float) -> int:
    """The number of the episode in which this moment was."""
    return max(0, bisect_right(episodes, at, key=lambda episode: episode.began) - 1)


def _count(row: Row, said: Said) -> None:
    row.sent += 1
    if said.accepted_at is not None:
        row.accepted += 1
        row.answer = _worst(row.answer, said.accepted_at - said.at)


def _summed(rows: Iterable[Row]) -> list[Row]:
    kinds: dict[str, Row] = {}
    total = Row(TOTAL)
    for row in rows:
        kinds.setdefault(row.fault, Row(row.fault)).add(row)
        total.add(row)
    return [*kinds.values(), total]


def _worst(one: float | None, other: float | None) -> float | None:
    return max((time for time in (one, other) if time is not None), default=None)
