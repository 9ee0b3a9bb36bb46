"""`python -m bench`: this project and the textbook Channels chat, on the same work, one after the other."""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

import msgspec

from bench import crowds, profiling, report
from bench.figures import Sample, short
from bench.measure import measure
from bench.sides import PEOPLE, SIDES, Side
from bench.stage import Stage


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--side", choices=SIDES, default="both")
    parser.add_argument(
        "--work", default="w1,w2,w4", help="of w1, w2, w4, with commas (default); or of storm, idle, deaf, flood"
    )
    parser.add_argument("--crowd", type=int, help="how many are in a storm, idle, deaf or a flood")
    parser.add_argument("--runs", type=int, default=3, help="the order of the sides turns with each (default: 3)")
    parser.add_argument("--seconds", type=float, default=6, help="that are measured of each work (default: 6)")
    parser.add_argument("--warmup", type=float, default=2, help="seconds before that (default: 2)")
    parser.add_argument("--nodes", type=int, choices=(1, 2), default=1, help="2: every pair is on different nodes")
    parser.add_argument("--window", type=int, default=4, help="w1, w2: own messages on their way (default: 4)")
    parser.add_argument("--rate", type=float, default=200, help="w4: messages a second over all (default: 200)")
    parser.add_argument("--speakers", type=int, default=5, help=f"w2: of the {PEOPLE} in the room (default: 5)")
    parser.add_argument(
        "--ack", type=float, default=0.05, help="seconds for which a client gathers acknowledgements (default: 0.05)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="every run's figures")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables for docs/performance.md")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="folded stacks of the first node, by py-spy")
    found = parser.parse_args()
    found.work = found.work.split(",")
    if not set(found.work) <= set(report.WORKS) and not set(found.work) <= set(crowds.WORKS):
        parser.error(
            f"--work takes {', '.join(report.WORKS)}, or {', '.join(crowds.WORKS)}: not {','.join(found.work)}"
        )
    if found.profile and (found.side, len(found.work), found.runs) != ("ours", 1, 1):
        parser.error("--profile is for one run: --side ours --runs 1 --work w1")
    return found


def run(options: argparse.Namespace, stage: Stage) -> report.Samples:
    """Every side in turn, A B C, C B A, …, so that what changes with time meets all of them alike."""
    sides = [kind(stage, options.nodes) for kind in SIDES[options.side]]
    for side in sides:
        _say(f"preparing {side.name}")
        side.prepare()
    samples: report.Samples = {(work, side.name): [] for work in options.work for side in sides}
    for turn in range(options.runs):
        for side in sides if turn % 2 == 0 else reversed(sides):
            for work, sample in measure_side(side, options):
                samples[work, side.name].append(sample)
                _say(
                    f"run {turn + 1} {work} {side.name}: {short(sample.rate)}/s, {short(sample.cpu)} µs, "
                    f"p50 {short(sample.p50)} ms, p99 {short(sample.p99)} ms {sample.faults or ''}"
                )
    return samples


def measure_side(side: Side, options: argparse.Namespace) -> list[tuple[str, Sample]]:
    names = ("seconds", "warmup", "window", "rate", "speakers", "ack")
    settings = {name: getattr(options, name) for name in names}
    found = []
    with side.running() as servers:
        for work in options.work:
            with profiling.of(servers[0], options):
                found.append((work, Sample.of(measure(side, servers, work, **settings))))
    return found


def conditions(options: argparse.Namespace) -> str:
    nodes = "1 node" if options.nodes == 1 else f"{options.nodes} nodes, every pair across them"
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL (durable) and Redis beside it, "
        f"{nodes}, {PEOPLE} connections, window {options.window}, {short(options.rate)} messages a second in W4. "
        f"Medians of {options.runs} runs of {short(options.seconds)} s, with the least and the most. "
        "CPU is microseconds over all server processes: server, Redis and PostgreSQL."
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="imsite-bench-") as directory, Stage(Path(directory)) as stage:
        if options.work[0] in crowds.WORKS:
            print(crowds.text(crowds.run(options, stage)))
            return
        samples = run(options, stage)
    print(report.text(samples))
    if options.markdown:
        options.markdown.write_text(report.markdown(samples, conditions(options)))
    if options.json:
        runs = [{"work": work, "side": side, "runs": runs} for (work, side), runs in samples.items()]
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(runs), indent=1))


if __name__ == "__main__":
    main()
