"""What a run showed, in words and as JSON. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .episodes import Row
from .plan import Fault
from .table import as_json, table
from .wrong import KINDS, Wrong

SHOWN = 20  # violations; the JSON has them all


@dataclass(frozen=True)
class Outcome:
    """`flooded`: how many messages flooders sent, how many of them arrived, and how many were refused."""

    rows: list[Row]
    wrongs: list[Wrong]
    flooded: tuple[int, int, int]
    store_asked: bool
    interrupted: bool


def report(outcome: Outcome) -> Iterator[str]:
    """Paragraphs: the table, and what to think of it."""
    yield f"\n{table(outcome.rows)}\n"
    sent, arrived, refused = outcome.flooded
    if sent:
        yield (
            f"Besides, the flooding clients sent {sent} messages, far over the limits: {arrived} were accepted and "
            f"arrived, {refused} were refused."
        )
    yield from map(str, sorted(outcome.wrongs, key=lambda wrong: KINDS.index(wrong.kind))[:SHOWN])
    if outcome.wrongs:
        yield f"{len(outcome.wrongs)} VIOLATIONS. Run it again with the same --seed and --keep-logs to see more."
    else:
        so_far = ", up to the interruption" if outcome.interrupted else ""
        yield f"Nothing was lost, doubled, out of order or told to a stranger{so_far}."
    yield f"Checked: what everybody was told{', and every row in the database' if outcome.store_asked else ''}."


def as_data(outcome: Outcome, *, seed: int, plan: Sequence[Fault]) -> dict:
    """For a file: everything, also what the words leave out."""
    return {
        "seed": seed,
        "plan": [fault._asdict() for fault in plan],
        "rows": [as_json(row) for row in outcome.rows],
        "flooded": dict(zip(("sent", "arrived", "refused"), outcome.flooded, strict=True)),
        "wrongs": [wrong._asdict() for wrong in outcome.wrongs],
        "store_asked": outcome.store_asked,
        "interrupted": outcome.interrupted,
    }
