"""The database, called from coroutines: threads of our own, bounded, each with its own connection."""

import asyncio
import functools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from .metrics import counts

logger = logging.getLogger(__name__)

HOLDS_LOCKS = 2000  # milliseconds that a transaction may wait for this process; then it is taken back
TAKEN_BACK = "25P03"  # idle_in_transaction_session_timeout, which Django does not call operational
Result = TypeVar("Result")


class Unavailable(Exception):
    """The database did not answer, twice; or the node has ended, and asks it nothing more."""


class Threads:
    """A few threads that run services. asgiref's own would put every call of the process behind one another."""

    def __init__(self, name: str, size: int):
        self._size = size
        self._executor = ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)

    async def run(self, service: Callable[..., Result], /, *args, **keywords) -> Result:
        """Run a synchronous service. It is tried twice, so it must be safe to repeat."""
        call = functools.partial(_twice, service, *args, **keywords)
        try:
            running = asyncio.get_running_loop().run_in_executor(self._executor, call)
        except RuntimeError as closed:
            raise Unavailable from closed
        return await running

    def close(self, *, within: float | None = None) -> None:
        """Let what was given to them finish, and give every thread's connection back.

        A thread that needs more than `within` seconds is left alone: what waits for a database that is frozen cannot be
        stopped. Its connection then ends with the process.
        """
        together = threading.Barrier(self._size)  # so that each thread gets exactly one of these calls

        def leave() -> None:
            with suppress(threading.BrokenBarrierError):
                together.wait(within)
            _drop_connection()

        wait([self._executor.submit(leave) for _ in range(self._size)], timeout=within)
        together.abort()
        self._executor.shutdown(wait=within is None, cancel_futures=True)


def _twice(service: Callable[..., Result], *args, **keywords) -> Result:
    try:
        return _once(service, *args, **keywords)
    except _Lost as lost:
        logger.warning("The database failed, trying again: %s", str(lost.__cause__).strip())
    try:
        return _once(service, *args, **keywords)
    except _Lost as lost:
        raise Unavailable from lost.__cause__


class _Lost(Exception):
    """The database or the connection to it failed: no fault of what was asked."""


def _once(service: Callable[..., Result], *args, **keywords) -> Result:
    try:
        if connection.connection is None:
            _open_connection()
        return service(*args, **keywords)
    except (DatabaseError, InterfaceError) as error:
        if not isinstance(error, OperationalError | InterfaceError) and _state(error) != TAKEN_BACK:
            raise
        counts.store_errors += 1
        _drop_connection()  # whatever state it is in, the next call starts with a fresh one
        raise _Lost from error


def _state(error: Exception) -> str | None:
    """The SQLSTATE that PostgreSQL gave."""
    return getattr(error.__cause__, "sqlstate", None)


def _open_connection() -> None:
    """Connect for good, and have PostgreSQL always go by the indexes.

    It keeps the plans of our statements. One that was made while a table was nearly empty would read all of that table
    for as long as its statistics are not renewed; for what a node asks, the indexes are right at any size.

    And a process that stands still in the middle of a transaction, or whose machine is gone, must not hold its locks:
    the others would wait for them.
    """
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; "
                f"SET idle_in_transaction_session_timeout = {HOLDS_LOCKS}"
            )


def _drop_connection() -> None:
    """Close this thread's connection itself: with its settings it must not go back to the pool."""
    if connection.vendor == "postgresql" and connection.connection is not None:
        connection.connection.close()
    connection.close()
