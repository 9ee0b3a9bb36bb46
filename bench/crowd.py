"""The crowds, a process of their own: `python -m bench.crowd` reads a Crowd from stdin and prints the result.

A nuisance stays until the standard input ends, after it has said on a line that it is there.
"""

import asyncio
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence

import msgspec

from bench import cpu, memory
from bench.figures import percentile
from bench.guests import Guest
from bench.nuisances import NUISANCES
from bench.plan import Crowd, CrowdResult

SPEAKERS = 20  # of a storm's people, who stay and write to the others
ON_THEIR_WAY = 50  # messages of one speaker
AT_ONCE = 50  # connections that open at a time where no storm is meant
WARM = 100  # connections after which a node has everything that it needs once
SETTLES = 5  # seconds until what comes after opening is done


class Bill:
    """What the servers used since it was opened, by connections."""

    def __init__(self, pids: dict[str, list[int]]) -> None:
        self._pids, self._before, self._began = pids, cpu.seconds(pids), time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def per_connection(self, what: str, connections: int) -> dict[str, float]:
        """Milliseconds of CPU."""
        spent = cpu.spent(self._before, cpu.seconds(self._pids))
        each = {f"{what}: CPU ms each, {name}": 1e3 * seconds / connections for name, seconds in spent.items()}
        return {f"{what}: CPU ms each": sum(each.values()), **each}

    def shares(self) -> dict[str, float]:
        """Percent of a core."""
        spent, seconds = cpu.spent(self._before, cpu.seconds(self._pids)), self.seconds
        return {f"CPU % of a core, {name}": 100 * used / seconds for name, used in spent.items()}


async def storm(crowd: Crowd) -> CrowdResult:
    """Everybody comes at once, is cut at once, and comes back at once, with messages waiting."""
    faults: Counter[str] = Counter()
    guests = [Guest(person, faults) for person in crowd.people]
    speakers, guests = guests[:SPEAKERS], guests[SPEAKERS:]
    await _all(guest.come() for guest in speakers)
    opening = await _storm("open", crowd, guests, owed=0)
    for guest in guests:
        guest.cut()
    await _all(_write(speaker, guests[n::SPEAKERS], crowd.owed) for n, speaker in enumerate(speakers))
    await asyncio.sleep(SETTLES)
    back = await _storm("back", crowd, guests, owed=crowd.owed)
    return CrowdResult({"connections": len(guests), **opening, **back}, faults)


async def _storm(what: str, crowd: Crowd, guests: Sequence[Guest], *, owed: int) -> dict[str, float]:
    began, bill = time.perf_counter(), Bill(crowd.pids)
    due = [(guest.seq or 0) + owed for guest in guests]
    await _all(guest.come() for guest in guests)
    await _all(guest.has(seq) for guest, seq in zip(guests, due, strict=True))
    all_there = bill.seconds
    await asyncio.sleep(1)  # the acknowledgements, and what else is owed to who came
    welcomed = sorted(guest.welcomed_at - began for guest in guests)
    return {
        f"{what}: seconds until the half are welcome": percentile(welcomed, 50),
        f"{what}: seconds until all have everything": all_there,
        **bill.per_connection(what, len(guests)),
    }


async def _write(speaker: Guest, guests: Sequence[Guest], times: int) -> None:
    for _ in range(times):
        for start in range(0, len(guests), ON_THEIR_WAY):
            some = guests[start : start + ON_THEIR_WAY]
            due = speaker.accepted + len(some)
            for guest in some:
                speaker.say(guest.id)
            while speaker.accepted < due:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def idle(crowd: Crowd) -> CrowdResult:
    """What a connection costs that does nothing."""
    faults: Counter[str] = Counter()
    guests = [Guest(person, faults) for person in crowd.people]
    await _come_by_turns(guests[:WARM])
    before = memory.resident(crowd.pids["server"])
    await _come_by_turns(guests[WARM:])
    await asyncio.sleep(SETTLES)
    grown = memory.resident(crowd.pids["server"]) - before
    bill = Bill(crowd.pids)
    await asyncio.sleep(crowd.seconds)
    figures = {"connections": len(guests), "kB each": grown / 1024 / len(guests[WARM:]), **bill.shares()}
    return CrowdResult(figures, faults)


async def _come_by_turns(guests: Sequence[Guest]) -> None:
    for start in range(0, len(guests), AT_ONCE):
        await _all(guest.come() for guest in guests[start : start + AT_ONCE])


async def nuisance(crowd: Crowd) -> CrowdResult:
    """The deaf, or the flooders, until the standard input ends."""
    kind, people = NUISANCES[crowd.work], crowd.people
    nuisances = [kind(person, people[n - 1]) for n, person in enumerate(people)]
    await _all(one.come() for one in nuisances)
    print(flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    total: Counter[str] = Counter()
    for one in nuisances:
        total.update(one.leave())
    return CrowdResult({"connections": len(nuisances), **total})


async def _all(coroutines) -> None:
    await asyncio.gather(*coroutines)


def raise_file_limit() -> None:
    """As many connections as the machine lets one process have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


WORKS = {"storm": storm, "idle": idle, "deaf": nuisance, "flood": nuisance}

if __name__ == "__main__":
    raise_file_limit()
    crowd = msgspec.json.decode(sys.stdin.buffer.readline(), type=Crowd)
    result = asyncio.run(WORKS[crowd.work](crowd))
    sys.stdout.buffer.write(msgspec.json.encode(result))
    sys.stdout.flush()
    os._exit(0)  # thousands of sockets need not be closed one by one
