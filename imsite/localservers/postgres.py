"""A real PostgreSQL in a directory, temporary or kept."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

from .account import Account
from .guardian import guardian
from .ports import free_port
from .postgres_programs import programs_for
from .program import Program

USER = "imsite"
SETTINGS = {"max_connections": "200", "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
# A crash of the machine may then damage the data; one of the server still loses nothing that was committed.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Program):
    """`Postgres().start()` makes a database server and the database `imsite` in it.

    `directory` keeps the data for the next time; without it they are gone with this object. Commits reach the
    disk unless `durable=False`. As root, the server runs as another user; where that one cannot reach the
    data, they are kept under the temporary directory, and `directory` says where.
    """

    name = "PostgreSQL"
    last_signal = signal.SIGQUIT
    stop_signal = signal.SIGINT  # ends the sessions, writes a checkpoint

    def __init__(self, directory: Path | str | None = None, port: int | None = None, *, durable: bool = True) -> None:
        self._account = Account.for_servers()
        self._temporary = directory is None
        directory = directory or guardian.temporary_directory("imsite-postgres-")
        self.directory = self._account.own(Path(directory))
        super().__init__(self.directory / "postgres.log")
        self.port = port or free_port()
        self._durable = durable
        self._data = self.directory / "data"

    def url(self, name: str = "imsite") -> str:
        return f"postgres://{USER}:{self._password()}@127.0.0.1:{self.port}/{name}"

    def start(self, timeout: float = 60) -> Self:
        if self.is_running():
            return self
        programs = programs_for(self._account)
        if not (self._data / "PG_VERSION").exists():
            self._initialise(programs / "initdb")
        settings = SETTINGS if self._durable else SETTINGS | NOT_DURABLE
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._spawn(
            [str(programs / "postgres"), "-D", str(self._data), f"--port={self.port}", *options],
            cwd=self._data,
            **self._account.popen_options(),
        )
        self._wait_until(self._answers, timeout)
        self.create_database("imsite")
        return self

    def restart_immediate(self) -> None:
        """As `pg_ctl restart -m immediate`: connections are cut, the log is replayed at the start."""
        self._signal(signal.SIGQUIT)
        self._reap()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP for each of its processes: every session is a process group of its own."""
        self._signal_each(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_each(signal.SIGCONT)

    def _signal_each(self, number: signal.Signals) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):  # a session that has just ended
                os.kill(pid, number)

    def create_database(self, name: str) -> str:
        """Make it unless it is there. Returns its URL."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        if self._temporary:  # 60 MB are worth an early goodbye
            shutil.rmtree(self.directory)

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _password(self) -> str:
        return self._password_file.read_text()

    @property
    def _password_file(self) -> Path:
        return self.directory / "password"

    def _initialise(self, initdb: Path) -> None:
        """An empty cluster: UTF-8, sorted by code point, with upper and lower case for every script."""
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
        self._account.own(self._password_file)
        subprocess.run(
            [
                *(str(initdb), "-D", str(self._data), "--no-instructions", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *(f"--username={USER}", f"--pwfile={self._password_file}", "--auth=scram-sha-256"),
                # The password is random: stretching it would only cost CPU with every connection.
                "--set=scram_iterations=1",
                *([] if self._durable else ["--no-sync"]),
            ],
            cwd=self.directory,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **self._account.popen_options(),
        )
