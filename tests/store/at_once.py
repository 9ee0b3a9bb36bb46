"""Several at once: real threads, each with its own connection and its own transactions."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def patient(request, monkeypatch):
    """A busy machine may let one wait longer than a node would: for SQLite's one writer, or for a connection."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 60)
    else:
        request.getfixturevalue("django_db_setup")  # the pool is the test database's
        monkeypatch.setattr(connection.pool, "timeout", 60)


@contextmanager
def no_hurry() -> Iterator[None]:
    """PostgreSQL lets this connection wait for a lock as long as a busy machine needs. It goes back as it was."""
    if connection.vendor != "postgresql":
        yield
        return
    patience = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        for name in patience:
            cursor.execute(f"SET {name} = '60s'")
    yield
    with connection.cursor() as cursor:
        for name in patience:
            cursor.execute(f"RESET {name}")


def together(*work: Callable) -> list:
    """Do these at once, each in a thread of its own; what they return. What one of them raises is raised."""
    start = threading.Barrier(len(work), timeout=30)

    def do(one: Callable):
        try:
            connection.ensure_connection()
            with no_hurry():
                start.wait()
                return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as threads:
        return [done.result() for done in [threads.submit(do, one) for one in work]]
