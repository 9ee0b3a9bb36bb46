"""What both sides stand on: one PostgreSQL and one Redis, the same for all, in the same state at each start."""

from pathlib import Path

import psycopg
from psycopg import sql

from imsite.localservers import Postgres, Redis

ROOT = Path(__file__).resolve().parent.parent


class Stage:
    """PostgreSQL with durable commits, and a Redis that keeps nothing. `directory` takes the logs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres, self.redis = Postgres(durable=True), Redis()

    def __enter__(self) -> "Stage":
        self.postgres.start()
        self.redis.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.redis.stop()
        self.postgres.__exit__(*exc)

    def reset(self, base: str) -> str:
        """An empty Redis, and a copy of the prepared database `base`; returns the copy's URL."""
        self.redis.restart_empty()
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", "run")
        self._execute("CREATE DATABASE {} TEMPLATE {}", "run", base)
        self._execute("CHECKPOINT")  # so that none falls into the measurement by chance
        return self.postgres.url("run")

    def pids(self) -> dict[str, list[int]]:
        return {"redis": [self.redis.process.pid], "postgres": [self.postgres.process.pid]}

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
