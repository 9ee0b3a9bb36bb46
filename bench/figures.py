"""From results to figures: percentiles, medians, spreads. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.plan import Result

SERVERS = ("server", "redis", "postgres")


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of them do not exceed (nearest rank). NaN where there are none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class Sample:
    """One run of one work on one side. CPU in microseconds per message (w2: per delivery), latencies in ms."""

    rate: float
    server: float
    redis: float
    postgres: float
    p50: float
    p99: float
    generator: float  # share of one core that the generator itself used
    faults: dict[str, int]

    @property
    def cpu(self) -> float:
        return self.server + self.redis + self.postgres

    @classmethod
    def of(cls, result: Result) -> "Sample":
        per_message = {
            name: 1e6 * result.cpu.get(name, 0) / result.count if result.count else math.nan for name in SERVERS
        }
        return cls(
            rate=result.count / result.seconds,
            **per_message,
            p50=percentile(result.latencies, 50),
            p99=percentile(result.latencies, 99),
            generator=result.cpu["generator"] / result.seconds,
            faults=result.faults,
        )


@dataclass(frozen=True)
class Middle:
    """The median of several runs, with the least and the most."""

    value: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Middle":
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.least == self.most:
            return short(self.value)
        return f"{short(self.value)} ({short(self.least)}–{short(self.most)})"


def short(value: float) -> str:
    """Three digits are what a benchmark can tell."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def middle(samples: Sequence[Sample], field: str) -> Middle:
    return Middle.of([getattr(sample, field) for sample in samples])


def faults(samples: Sequence[Sample]) -> dict[str, int]:
    """What went wrong, over all runs."""
    total: dict[str, int] = {}
    for sample in samples:
        for name, count in sample.faults.items():
            total[name] = total.get(name, 0) + count
    return total
