"""Server processes that are not nodes of this project."""

import os
import socket
import sys
from pathlib import Path
from typing import Self

from bench.stage import ROOT
from imsite.localservers import free_port
from imsite.localservers.program import Program


class _Listener(Program):
    """A program that listens on `self.port`."""

    path = "/"

    def __init__(self, log_path: Path) -> None:
        super().__init__(log_path)
        self.port = free_port()

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}{self.path}"

    def wait_ready(self, timeout: float = 30) -> Self:
        self._wait_until(self._listens, timeout)
        return self

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class DaphneServer(_Listener):
    """The textbook by plain daphne. `--verbosity 0`: no access log."""

    name, path = "the textbook", "/ws/chat/"

    def __init__(self, environment: dict[str, str], log_path: Path) -> None:
        super().__init__(log_path)
        self._environment = environment

    def start(self) -> Self:
        self._spawn(
            [sys.executable, "-m", "daphne", "--verbosity", "0", "--bind", "127.0.0.1", "--port", str(self.port),
             "bench.textbook.asgi:application"],
            cwd=ROOT,
            env=os.environ | self._environment,
        )  # fmt: skip
        return self


class EchoServer(_Listener):
    name = "the echo"

    def start(self) -> Self:
        self._spawn([sys.executable, "-m", "bench.echo", "--port", str(self.port)], cwd=ROOT)
        return self
