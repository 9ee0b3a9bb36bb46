"""Nothing that we started outlives us, not even when we are killed by SIGKILL.

A second process reads a pipe whose other end only we hold. When the pipe ends, we are gone, and it ends the
process groups that it was told to watch and removes our temporary directories. Linux' PR_SET_PDEATHSIG would
do without a process, but it fires when the *thread* that started the child ends, and a change of the user id
clears it.

Run as a script, this file is that second process. It takes one line each: `watch <group> <signal>`,
`forget <group>`, `remove <directory>`.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

GRACE_SECONDS = 3


class Guardian:
    """Our end of the pipe; the other process starts with the first child to watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def watch(self, group: int, last_signal: signal.Signals) -> None:
        self._write(f"watch {group} {int(last_signal)}\n")

    def forget(self, group: int) -> None:
        self._write(f"forget {group}\n")

    def temporary_directory(self, prefix: str) -> Path:
        """A directory that is gone when we are."""
        path = tempfile.mkdtemp(prefix=prefix)
        self._write(f"remove {path}\n")
        return Path(path)

    def _write(self, line: str) -> None:
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                self._begin()
            self._process.stdin.write(line.encode())

    def _begin(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in the terminal is not for it
            bufsize=0,
        )
        self._owner = os.getpid()
        atexit.register(self._end)

    def _end(self) -> None:
        if self._owner == os.getpid():
            self._process.stdin.close()
            self._process.wait(timeout=2 * GRACE_SECONDS)


guardian = Guardian()


def _signal_group(group: int, number: int) -> bool:
    """False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group that only holds a zombie
        return False
    return True


def _main() -> None:
    watched: dict[int, int] = {}
    directories: list[str] = []
    for line in sys.stdin:
        command, what = line.rstrip("\n").split(" ", 1)
        if command == "watch":
            group, last_signal = what.split()
            watched[int(group)] = int(last_signal)
        elif command == "forget":
            watched.pop(int(what), None)
        elif command == "remove":
            directories.append(what)

    _end(watched)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def _end(watched: dict[int, int]) -> None:
    for group, last_signal in watched.items():
        _signal_group(group, last_signal)
        _signal_group(group, signal.SIGCONT)  # a frozen process takes the signal only when it wakes up
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(_signal_group(group, 0) for group in watched):
        time.sleep(0.02)
    for group in watched:
        _signal_group(group, signal.SIGKILL)


if __name__ == "__main__":
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    _main()
