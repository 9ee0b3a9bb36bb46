"""Rows as a table to read, and as JSON. Pure."""

from collections.abc import Callable, Sequence
from math import inf

from .episodes import Row
from .wrong import DOUBLE, LOST, ORDER, OTHER, STRANGER


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return "never" if value == inf else f"{value:.2f} s"


def _wrong(kind: str) -> Callable[[Row], str]:
    return lambda row: str(row.wrongs[kind])


COLUMNS: dict[tuple[str, str], Callable[[Row], str]] = {
    ("", "what broke"): lambda row: row.fault,
    ("", "times"): lambda row: str(row.times or "-"),
    ("", "sent"): lambda row: str(row.sent),
    ("", "accepted"): lambda row: str(row.accepted),
    ("", "lost"): _wrong(LOST),
    ("", "double"): _wrong(DOUBLE),
    ("out of", "order"): _wrong(ORDER),
    ("to", "strangers"): _wrong(STRANGER),
    ("else", "wrong"): _wrong(OTHER),
    ("recon-", "nects"): lambda row: str(row.reconnects),
    ("worst", "to heal"): lambda row: _seconds(row.heal),
    ("worst to", "accepted"): lambda row: _seconds(row.answer),
}


def table(rows: Sequence[Row]) -> str:
    """Text, with a line above the total."""
    cells = [*zip(*COLUMNS, strict=True), *([column(row) for column in COLUMNS.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    first, *others = widths
    lines = [
        f"{name:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(numbers, others, strict=True))
        for name, *numbers in cells
    ]
    rule = "-" * len(lines[0])
    return "\n".join([*lines[:2], rule, *lines[2:-1], rule, lines[-1]])


def as_json(row: Row) -> dict:
    return {
        "fault": row.fault,
        "times": row.times,
        "sent": row.sent,
        "accepted": row.accepted,
        **{kind.replace(" ", "_"): row.wrongs[kind] for kind in (LOST, DOUBLE, ORDER, STRANGER, OTHER)},
        "reconnects": row.reconnects,
        "seconds_to_heal": None if row.heal == inf else row.heal,  # JSON has no infinity
        "seconds_to_accepted": row.answer,
    }
