"""Where a node's time goes, by py-spy from outside: `pip install py-spy`. Not needed for anything else.

Only threads that hold the interpreter are counted: many waiting ones would look busy otherwise. What a system call or
a C library does without the interpreter is therefore missing here, and is in the CPU figures.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from imsite.localservers.program import Program

HERTZ = 250
OURS = ("chat", "messages_store", "imsite")
_LINE = re.compile(r":\d+\)$")  # what ends `send (chat/writer.py:12)`
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


def top(folded: str, most: int = 20) -> str:
    """Of folded stacks (`outer;inner 12`): what was met most, by itself and, of our code, with its calls."""
    packages: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [_LINE.sub(")", frame) for frame in stack.split(";")]
        packages[_package(frames[-1])] += int(count)
        alone[frames[-1]] += int(count)
        for frame in set(frames):
            if _package(frame) in OURS:
                within[frame] += int(count)
    total = sum(alone.values()) or 1
    parts = []
    for title, counts in (("by package", packages), ("by itself", alone), ("ours, with all that it calls", within)):
        parts += [title, *(f"{count / total:7.1%}  {name}" for name, count in counts.most_common(most))]
    return "\n".join(parts)


def _package(frame: str) -> str:
    """The first part of the path: `send (chat/writer.py)` is of chat."""
    return frame.rpartition("(")[2].rstrip(")").split("/")[0]
