"""The generator, a process of its own: `python -m bench.load` reads a plan from stdin and prints the result."""

import asyncio
import gc
import math
import sys
import time

import msgspec

from bench import cpu
from bench.clients import ByClient
from bench.ledger import Ledger
from bench.plan import Plan, Result
from bench.speakers import DIALECTS
from bench.work import WORKS, Closed, Open

SPEAKERS = {**DIALECTS, "client": ByClient}
MOST_LATENCIES = 10_000
MOST_WARMUP = 15  # seconds beyond the plan's own


async def generate(plan: Plan) -> Result:
    """Connect everyone, warm up, measure, wait for the rest, count."""
    ledger = Ledger(plan.run, len(plan.people), copies=1 if plan.room is None else len(plan.people) - 1)
    speakers = [SPEAKERS[plan.dialect](who, plan, ledger) for who in range(len(plan.people))]
    work = WORKS[plan.work](plan, ledger, speakers)
    for speaker in speakers:  # one after the other: opening 100 connections is not what is measured
        await speaker.connect()
    gc.collect()
    gc.freeze()
    gc.disable()  # a pause of the generator would be taken for the server's

    working = asyncio.create_task(work.run())
    await _warm_up(plan, work)
    before, began = _cpu(plan), time.perf_counter()
    ledger.measured = (began, math.inf)
    await asyncio.sleep(plan.seconds)
    working.cancel()
    if plan.work == "w4":  # a server that falls behind still owes the work for what it took: count to the end
        await _settle(ledger, plan.settle)
    ended, after = time.perf_counter(), _cpu(plan)
    ledger.measured = (began, ended)
    await _settle(ledger, plan.settle)
    for speaker in speakers:
        speaker.close()
    await asyncio.sleep(0.3)  # the last acknowledgements are on their way
    return Result(
        count=ledger.done if plan.room is None else ledger.deliveries,
        seconds=ended - began,
        cpu=cpu.spent(before, after),
        latencies=thin([1000 * latency for latency in sorted(ledger.latencies)]),
        faults={**ledger.faults, **{name: count for name, count in ledger.losses().items() if count}},
    )


async def _warm_up(plan: Plan, work: Closed | Open) -> None:
    """As long as the plan says, and then until the work is steady, if that comes soon."""
    await asyncio.sleep(plan.warmup)
    for _ in range(int(MOST_WARMUP / 0.1)):
        if work.steady:
            return
        await asyncio.sleep(0.1)


async def _settle(ledger: Ledger, patience: float) -> None:
    """Until everything is done, or nothing was heard for `patience` seconds: what is missing then is lost, not late."""
    since, heard = time.perf_counter(), ledger.heard
    while ledger.waiting and time.perf_counter() - since < patience:
        await asyncio.sleep(0.005)
        if ledger.heard > heard:
            since, heard = time.perf_counter(), ledger.heard


def _cpu(plan: Plan) -> dict[str, float]:
    return {**cpu.seconds(plan.pids), "generator": time.process_time()}


def thin(values: list[float]) -> list[float]:
    """At most MOST_LATENCIES of a sorted list, evenly taken, with the last one."""
    if len(values) <= MOST_LATENCIES:
        return values
    step = (len(values) - 1) / (MOST_LATENCIES - 1)
    return [values[round(place * step)] for place in range(MOST_LATENCIES)]


if __name__ == "__main__":
    result = asyncio.run(generate(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)))
    sys.stdout.buffer.write(msgspec.json.encode(result))
