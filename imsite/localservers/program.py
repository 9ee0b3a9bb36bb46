"""One child process: started, watched, frozen, killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Self

from .guardian import guardian

TAIL_BYTES = 4_000


class NotReady(RuntimeError):
    """There is no such program, or it ended, or it did not answer in time: the message says it all."""


class Program:
    """What PostgreSQL, Redis and a node have in common. Each says how it starts and when it is ready."""

    name = "program"
    last_signal = signal.SIGKILL  # what ends it when we die without stopping it
    stop_signal = signal.SIGTERM

    def __init__(self, log_path: Path) -> None:
        self.log_path = Path(log_path)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it answers. Does nothing while it runs."""
        raise NotImplementedError

    def stop(self, timeout: float = 15) -> None:
        """End it politely, then by force. Returns when it is gone."""
        if self.process is None:
            return
        self._signal(self.stop_signal)
        self.thaw()
        self._reap(timeout)

    def terminate(self) -> None:
        """Ask it to end. Does not wait; `stop()` does."""
        self._signal(self.stop_signal)

    def kill(self) -> None:
        """SIGKILL, as a power cut would. Returns when it is gone."""
        self._signal(signal.SIGKILL)
        self._reap()

    def freeze(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing until `thaw()`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def pids(self) -> list[int]:
        """The process and its children, to account for CPU and memory."""
        import psutil  # of the development requirements

        if not self.is_running():
            return []
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [self.process.pid, *(child.pid for child in family)]

    def log_tail(self) -> str:
        """The last lines that it wrote."""
        try:
            return self.log_path.read_bytes()[-TAIL_BYTES:].decode(errors="replace")
        except FileNotFoundError:
            return ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _spawn(self, command: list[str], **options: object) -> None:
        """Start it in a process group of its own, so that a Ctrl-C in the terminal is for us alone."""
        self._reap()  # one that ended by itself
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )
        guardian.watch(self.process.pid, self.last_signal)

    def _wait_until(self, answers: Callable[[], bool], timeout: float) -> None:
        """Ask until it answers; stop asking as soon as it has ended."""
        deadline = time.monotonic() + timeout
        while not answers():
            if not self.is_running():
                self._give_up("has ended")
            if time.monotonic() > deadline:
                self._give_up(f"is not ready after {timeout} s")
            time.sleep(0.02)

    def _give_up(self, what: str) -> NoReturn:
        tail = self.log_tail()
        self.kill()
        raise NotReady(f"{self.name} {what}. Its log ends:\n{tail}")

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running():
            os.killpg(self.process.pid, number)

    def _reap(self, timeout: float = 15) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout)
        guardian.forget(self.process.pid)
        self.process = None
