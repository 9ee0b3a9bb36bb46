"""What the generator is told, and what it answers: JSON between two processes. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """Who connects, and how: `url` with `headers`. `id` is what others send to."""

    id: int
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One measurement. Times are in seconds.

    w1: closed loop, pairs: everyone keeps `window` messages on their way.
    w2: closed loop, one room: `speakers` of its people keep `window` messages each on their way.
    w4: open loop, pairs: `rate` messages a second over all, evenly spaced, whatever comes back.
    """

    dialect: str  # ours | client | textbook
    work: str  # w1 | w2 | w4
    people: list[Person]  # pairs: 0 and 1, 2 and 3, …
    run: str  # eight hexadecimal digits, of this measurement alone
    room: int | str | None = None  # w2: where everyone is
    window: int = 4
    speakers: int = 5
    rate: float = 200
    body: int = 60  # characters
    ack: float = 0.05  # how long a client gathers what it acknowledges; 0: at once after every read
    warmup: float = 3
    seconds: float = 15
    patience: float = 30  # what is not done by then makes room for the next
    settle: float = 5  # at the end: how long nothing may arrive before the rest is lost
    pids: dict[str, list[int]] = field(default_factory=dict)  # whose CPU time is taken: {"server": [...], ...}


@dataclass(frozen=True)
class Result:
    """`count` messages (w1, w4) or deliveries (w2), done within `seconds`; in w4 that ends with the last one."""

    count: int
    seconds: float
    cpu: dict[str, float]  # seconds by group, and the generator's own
    latencies: list[float]  # milliseconds, one per delivery, sorted; thinned out to 10,000
    faults: dict[str, int]


@dataclass(frozen=True)
class Crowd:
    """What a crowd of connections is told. Times are in seconds.

    storm: all of `people` open, are cut at once while others write to them, and come back at once.
    idle: they open and stay, and do nothing but answer pings.
    deaf, flood: they are a nuisance for as long as the standard input stays open.
    """

    work: str  # storm | idle | deaf | flood
    people: list[Person]
    seconds: float = 40  # idle: how long is looked
    owed: int = 3  # storm: messages that wait for each who comes back
    pids: dict[str, list[int]] = field(default_factory=dict)  # as in Plan


@dataclass(frozen=True)
class CrowdResult:
    """Figures by name, and what went wrong."""

    figures: dict[str, float]
    faults: dict[str, int] = field(default_factory=dict)
