"""CPU time of process trees, from /proc. Linux only."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def seconds(groups: dict[str, list[int]]) -> dict[str, float]:
    """For each group, the CPU seconds so far of its processes and all of their children, the ended ones too.

    A difference of two readings is what the group used between them: a child that ended in between has moved from its
    own line into its parent's.
    """
    table = _processes()
    return {name: sum(tree(pid, table) for pid in pids) / _TICK for name, pids in groups.items()}


def spent(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in before}


def tree(pid: int, table: dict[int, tuple[int, int]]) -> int:
    _, ticks = table.get(pid, (0, 0))
    return ticks + sum(tree(child, table) for child, (parent, _) in table.items() if parent == pid)


def _processes() -> dict[int, tuple[int, int]]:
    """{pid: (parent, ticks of itself and its ended children)}"""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = parse((entry / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we were reading
    return found


def parse(stat: str) -> tuple[int, int]:
    """(parent, ticks) of one /proc/<pid>/stat line: utime, stime, cutime, cstime are its fields 14 to 17."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), sum(int(field) for field in fields[11:15])
