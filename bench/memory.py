"""The memory of processes, from /proc. Linux only."""

from collections.abc import Iterable
from pathlib import Path


def resident(pids: Iterable[int]) -> int:
    """Bytes of these processes that are in memory and no file's."""
    return sum(anonymous(Path(f"/proc/{pid}/status").read_text()) for pid in pids)


def anonymous(status: str) -> int:
    """RssAnon of one /proc/<pid>/status, in bytes."""
    (line,) = (line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024
