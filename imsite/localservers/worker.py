"""One worker of this application as a process of its own."""

import os
import sys
from pathlib import Path
from typing import Self

from .node import ROOT
from .program import Program


class Worker(Program):
    """`manage.py worker`. `env` is added to our own environment."""

    def __init__(self, env: dict[str, str], log_path: Path | str) -> None:
        super().__init__(Path(log_path))
        self.env = env
        self.name = env.get("NODE_NAME", "worker")

    def start(self) -> Self:
        """Start it without waiting; `wait_ready()` follows."""
        if not self.is_running():
            self._began_at = self.log_path.stat().st_size if self.log_path.exists() else 0
            self._spawn([sys.executable, "manage.py", "worker"], cwd=ROOT, env=os.environ | self.env)
        return self

    def wait_ready(self, timeout: float = 30) -> Self:
        """Until it says that it works. NotReady, with the end of its log, when it ends before."""
        self._wait_until(lambda: b"looks for work" in self.log_path.read_bytes()[self._began_at :], timeout)
        return self

    def __enter__(self) -> Self:
        return self.start().wait_ready()
