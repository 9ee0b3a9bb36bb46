"""What crowds do to a node of this project: what they cost, and what those notice who talk meanwhile."""

import argparse

from bench import memory
from bench.figures import Middle, Sample
from bench.measure import Gathering, measure, pids
from bench.plan import CrowdResult
from bench.sides import Ours
from bench.stage import Stage
from imsite.localservers.program import Program

WORKS = {
    "storm": "Storm: all come at once, are cut at once, and come back with messages waiting",
    "idle": "Idle: connections that do nothing",
    "deaf": "Deaf: clients that read nothing, beside 50 pairs that talk (W4)",
    "flood": "Flood: clients that never stop sending, beside 50 pairs that talk (W4)",
}
CROWDS = {"storm": 2_000, "idle": 3_000, "deaf": 100, "flood": 10}
Results = dict[str, list[CrowdResult]]


def run(options: argparse.Namespace, stage: Stage) -> Results:
    """Each work on a fresh node and a fresh copy of the database, one after the other."""
    sizes = {work: options.crowd or CROWDS[work] for work in options.work}
    side = Ours(stage, options.nodes, crowd=max(sizes.values()))
    side.prepare()
    results: Results = {work: [] for work in options.work}
    for _ in range(options.runs):
        for work in options.work:
            with side.running() as servers:
                meet = _beside_talk if work in ("deaf", "flood") else _alone
                results[work].append(meet(side, servers, work, sizes[work], options))
    return results


def _alone(side: Ours, servers: list[Program], work: str, size: int, options: argparse.Namespace) -> CrowdResult:
    with Gathering(side, servers, work, side.others(servers)[:size], seconds=options.seconds) as crowd:
        return crowd.result()


def _beside_talk(side: Ours, servers: list[Program], work: str, size: int, options: argparse.Namespace) -> CrowdResult:
    """The same talk without the crowd, and with it."""
    talk = {"rate": options.rate, "seconds": options.seconds, "warmup": options.warmup}
    without = Sample.of(measure(side, servers, "w4", **talk))
    before = memory.resident(pids(side, servers)["server"])
    with Gathering(side, servers, work, side.others(servers)[:size]) as crowd:
        crowd.wait_there()
        beside = Sample.of(measure(side, servers, "w4", **talk))
        grown = memory.resident(pids(side, servers)["server"]) - before
        result = crowd.result()
    figures = {
        "p50 ms without": without.p50,
        "p50 ms beside": beside.p50,
        "p99 ms without": without.p99,
        "p99 ms beside": beside.p99,
        "p99, times as long": beside.p99 / without.p99,
        "more MB": grown / 1024**2,
        **result.figures,
    }
    return CrowdResult(figures, {**without.faults, **beside.faults, **result.faults})


def text(results: Results) -> str:
    """Medians, with the least and the most of the runs."""
    lines = []
    for work, runs in results.items():
        lines.append(WORKS[work])
        lines += [f"  {name}: {middle}" for name, middle in middles(runs).items()]
        lines += [f"  faults: {count} {name}" for run in runs for name, count in run.faults.items()] + [""]
    return "\n".join(lines)


def middles(runs: list[CrowdResult]) -> dict[str, Middle]:
    names = dict.fromkeys(name for run in runs for name in run.figures)
    return {name: Middle.of([run.figures.get(name, 0) for run in runs]) for name in names}
