"""One node of this application as a process of its own."""

import http.client
import os
import sys
from pathlib import Path
from typing import Self

from .program import Program

ROOT = Path(__file__).resolve().parents[2]


class Node(Program):
    """`manage.py serve` on a port of 127.0.0.1. `env` is added to our own environment."""

    def __init__(self, port: int, env: dict[str, str], log_path: Path | str) -> None:
        super().__init__(Path(log_path))
        self.port = port
        self.env = env
        self.name = env.get("NODE_NAME", f"node on port {port}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/v1/"

    def start(self) -> Self:
        """Start it without waiting: several nodes start at once, and `wait_ready()` follows."""
        if not self.is_running():
            self._spawn(
                [sys.executable, "manage.py", "serve", "--bind", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env=os.environ | self.env,
            )
        return self

    def wait_ready(self, timeout: float = 30) -> Self:
        """Until it answers /healthz. NotReady, with the end of its log, when it ends before."""
        self._wait_until(self._answers, timeout)
        return self

    def __enter__(self) -> Self:
        return self.start().wait_ready()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
