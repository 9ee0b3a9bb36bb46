"""Where a node's time goes, by py-spy from outside: `pip install py-spy`. Not needed for anything else.

Only threads that hold the interpreter are counted: many waiting ones would look busy otherwise. What a system call or
a C library does without the interpreter is therefore missing here, and is in the CPU figures.
"""

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from imsite.localservers.program import Program

HERTZ = 250
CONNECTING = 1  # seconds that the generator takes before its warm-up


@contextmanager
def of(server: Program, options: argparse.Namespace) -> Iterator[None]:
    """While this lasts, sample `server` into `options.profile`, and print what was met most. Nothing without it."""
    if options.profile is None:
        yield
        return
    if shutil.which("py-spy") is None:
        sys.exit("--profile needs py-spy: pip install py-spy")
    delay, duration = options.warmup + CONNECTING, max(1, int(options.seconds - 1))
    recorder = subprocess.Popen(
        [
            *("sh", "-c", 'sleep "$0"; exec py-spy record "$@"', str(delay)),
            *("--pid", str(server.process.pid), "--duration", str(duration), "--rate", str(HERTZ), "--gil"),
            *("--format", "raw", "--output", str(options.profile)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
        recorder.wait(timeout=delay + duration)
    finally:
        recorder.kill()
    print(top(options.profile.read_text()))


def top(folded: str, most: int = 25) -> str:
    """Of folded stacks (`outer;inner 12`), the functions met most: by themselves, and with all that they call."""
    alone: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] + ")" if ":" in frame else frame for frame in stack.split(";")]
        alone[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    total = sum(alone.values()) or 1
    parts = []
    for title, counts in (("by itself", alone), ("with what it calls", within)):
        parts.append(title)
        parts += [f"{count / total:7.1%}  {frame}" for frame, count in counts.most_common(most)]
    return "\n".join(parts)
