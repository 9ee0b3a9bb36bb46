"""What breaks when. Pure: the same seed gives the same plan."""

import random
from collections.abc import Sequence
from typing import NamedTuple

# Kind of fault: its ways, each with how long it lasts, in parts of the time from one fault to the next.
WAYS = {
    "kill": {"node killed": 0.3},
    "stop": {"node frozen": 0.7},
    "redis": {"Redis killed": 0.4, "Redis frozen": 0.6},
    "pubsub": {"Redis cuts off": 0.4},
    "postgres": {"PostgreSQL crash": 0.0, "PostgreSQL away": 0.4},
    "drain": {"rolling restart": 0.0},
    "slow": {"slow devices": 0.5},
    "flood": {"flooding clients": 0.5},
}
LASTS = {way: part for ways in WAYS.values() for way, part in ways.items()}
OF_CLIENTS = ("slow", "flood")  # what needs no processes of ours
FIRST = 0.2  # of the time between two faults: nothing breaks yet


class Fault(NamedTuple):
    """At so many seconds, this breaks for `lasts` seconds; of the nodes, the one that holds the most people."""

    at: float
    way: str
    lasts: float


def kinds(text: str, *, among: Sequence[str] = tuple(WAYS)) -> list[str]:
    """`kill,redis`, or `all` of these, or `none`. ValueError, with a sentence, for anything else."""
    if text in ("all", "none"):
        return list(among) if text == "all" else []
    named = text.split(",")
    for name in named:
        if name not in WAYS:
            raise ValueError(f"There is no fault {name!r}: name some of {','.join(WAYS)}, or all, or none.")
        if name not in among:
            raise ValueError(f"`{name}` breaks processes of our own; with --url there are {' and '.join(among)}.")
    return list(dict.fromkeys(named))


def plan(*, seed: int, faults: Sequence[str], seconds: float, every: float) -> list[Fault]:
    """One every so many seconds, each way once in any order before one comes again. Only what ends in time."""
    chance = random.Random(seed)
    ways = [way for kind in faults for way in WAYS[kind]]
    found: list[Fault] = []
    while ways:
        for way in chance.sample(ways, len(ways)):
            fault = Fault(round((len(found) + FIRST) * every, 3), way, LASTS[way] * every)
            if fault.at + fault.lasts > seconds:
                return found
            found.append(fault)
    return found
