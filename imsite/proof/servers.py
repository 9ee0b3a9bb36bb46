"""PostgreSQL, Redis and nodes that are ours alone, since we break them."""

import contextlib
import copy
import http.client
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from string import ascii_lowercase
from typing import Self
from urllib.parse import urlsplit

from imsite.localservers import Node, Postgres, Redis, free_port
from imsite.localservers.node import SERVE

from .address import Address
from .people import Account, accounts_of

ROOT = Path(__file__).resolve().parents[2]
MOST = len(ascii_lowercase)  # nodes: each has a letter for its name


def is_ready(node: Address) -> bool:
    """What the node says of itself: that it reaches the database and Redis. A proxy may keep the answer to itself."""
    parts = urlsplit(node.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with contextlib.closing(kind(parts.netloc, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False


class Cluster:
    """As in production: durable commits, no DEBUG. `logs` is a directory.

    `program` is what the nodes run, `environment` is added to theirs.
    """

    def __init__(
        self,
        logs: Path,
        *,
        nodes: int = 3,
        program: Sequence[str] = SERVE,
        environment: Mapping[str, str] | None = None,
    ):
        self.postgres = Postgres()
        self.redis = Redis()
        self._logs = logs
        self._names = ascii_lowercase[:nodes]
        self._program = program
        self._settings = dict(environment or {})
        self.nodes: list[Node] = []
        self._read: dict[Path, int] = {}

    def __enter__(self) -> Self:
        self.postgres.start()
        self.redis.start()
        self._settings = {
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": "",
            "DEBUG": "false",
            "HTTPS": "false",
            "LOG_LEVEL": "INFO",
            **self._settings,
        }
        self._environment = os.environ | self._settings
        self.manage("migrate", "--verbosity=0")
        self.nodes = [self._node(name, {}, self._program) for name in self._names]
        return self

    def _node(self, name: str, settings: dict[str, str], program: Sequence[str]) -> Node:
        environment = self._settings | {"NODE_NAME": name} | settings
        return Node(free_port(), environment, self._logs / name, program=program)

    @contextlib.contextmanager
    def other_nodes(
        self, kind: str, *, programs: Sequence[Sequence[str]] = (), settings: dict[str, str] | None = None
    ) -> Iterator["Cluster"]:
        """As many more nodes on the same database and the same Redis, that differ in something; `kind` names them.

        `programs` are of the first ones, the others run what all do.
        """
        other = copy.copy(self)
        running = zip_longest(self._names, programs, fillvalue=self._program)
        other.nodes = [self._node(f"{kind}-{name}", settings or {}, program) for name, program in running]
        try:
            yield other
        finally:
            other._end_nodes()

    def _end_nodes(self) -> None:
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.stop()

    def __exit__(self, *exc: object) -> None:
        self._end_nodes()
        self.redis.__exit__(*exc)
        self.postgres.__exit__(*exc)

    def manage(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self._environment,
            check=True,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in the terminal is for us alone
        )

    def accounts(self, count: int) -> list[Account]:
        """So many people who have nothing yet."""
        path = self._logs / "tokens.json"
        self.manage("demo", f"--users={count}", f"--tokens={path}")
        return accounts_of(path)

    def heal(self) -> None:
        """Everything runs, whatever the last test did to it."""
        self.redis.thaw()
        self.redis.start()
        self.postgres.thaw()
        self.postgres.start()
        for node in self.nodes:
            node.thaw()
            node.start()
        for node in self.nodes:
            node.wait_ready()

    def tracebacks(self) -> list[str]:
        """What the nodes wrote since the last call, where that has a traceback in it."""
        fresh = {node.name: self._news(node.log_path) for node in self.nodes}
        return [f"node {name}:\n{text[-4_000:]}" for name, text in fresh.items() if "Traceback" in text]

    def _news(self, path: Path) -> str:
        written = path.read_bytes() if path.exists() else b""
        start, self._read[path] = self._read.get(path, 0), len(written)
        return written[start:].decode(errors="replace")
