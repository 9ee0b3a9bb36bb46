"""A disk that is full, under the tables that every message needs."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg

from imsite.localservers import Postgres
from imsite.localservers.account import Account
from imsite.localservers.guardian import guardian

TABLES = ("messages_store_message", "messages_store_delivery")
SIZE = 64 * 1024 * 1024
REFUSE = """
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"""


class FullDisk:
    """Until it ends, messages are on a small disk of their own, which `fill()` fills and `free()` makes room on.

    Where we may not mount one (`is_real` says so), `fill()` has PostgreSQL refuse what is new with the error that it
    gives for a full disk.
    """

    def __init__(self, postgres: Postgres):
        self._url = postgres.url()
        self._directory = guardian.temporary_directory("imsite-disk-")
        self._filler = self._directory / "filler"
        self.is_real = mounted(self._directory)

    def __enter__(self) -> Self:
        if self.is_real:
            self._run(f"CREATE TABLESPACE small LOCATION '{self._own('small')}'")
            self._run(*(f"ALTER TABLE {table} SET TABLESPACE small" for table in TABLES))
        return self

    def __exit__(self, *exc: object) -> None:
        self.free()
        if self.is_real:
            self._run(*(f"ALTER TABLE {table} SET TABLESPACE pg_default" for table in TABLES))
            self._run("CHECKPOINT")  # what was moved away is still there until then
            self._run("DROP TABLESPACE small")
            # Lazily: sessions that have seen the tables there still hold them open.
            subprocess.run(["umount", "--lazy", str(self._directory)], check=True)

    def fill(self) -> None:
        if not self.is_real:
            self._run(REFUSE, f"CREATE TRIGGER refuse BEFORE INSERT ON {TABLES[0]} EXECUTE FUNCTION refuse()")
            return
        with self._filler.open("wb") as file:
            size = 0
            while left := self._left():
                with _unless_the_server_was_faster():
                    os.posix_fallocate(file.fileno(), size, left)
                    size += left

    def _left(self) -> int:
        disk = os.statvfs(self._directory)
        return disk.f_bavail * disk.f_frsize

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)
        if not self.is_real:
            self._run(f"DROP TRIGGER IF EXISTS refuse ON {TABLES[0]}")

    def _own(self, name: str) -> Path:
        return Account.for_servers().own(self._directory / name)

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as database:
            for statement in statements:
                database.execute(statement)


@contextmanager
def _unless_the_server_was_faster() -> Iterator[None]:
    """It writes too: what was left a moment ago may be taken."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def mounted(directory: Path) -> bool:
    """A small disk there, in memory; False where we may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(directory)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
