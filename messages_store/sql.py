"""Many rows in one statement, the same text for PostgreSQL and SQLite.

The ORM's bulk_create and bulk_update cost more time in Python than everything else that a message needs. Here the rows
go to the database as one JSON parameter, which both can read as a table. PostgreSQL keeps the plans of these
statements, since their text never changes.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


class Statement:
    """A statement with tables that come along as parameters.

    `tables` gives each one's columns with their PostgreSQL types; in the text `{name}` is where it stands, under that
    alias, `{now}` is the database's time, and `%(name)s` a parameter. `locks` names the table whose rows are locked
    to the commit; SQLite has one writer and needs no such lock.
    """

    def __init__(self, text: str, *, locks: str | None = None, **tables: dict[str, str]):
        self._text = text
        self._locks = locks
        self._tables = tables

    def __call__(self, tables: dict[str, Sequence[Sequence]], **parameters) -> list[tuple]:
        """Run it with the rows of its tables; what it returns."""
        for name, rows in tables.items():
            columns = tuple(self._tables[name])
            parameters[name] = msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()
        with _cursor() as cursor:
            cursor.execute(self._sql(connection.vendor), parameters)
            return cursor.fetchall() if cursor.description else []

    @cache  # noqa: B019 (statements live as long as the process)
    def _sql(self, vendor: str) -> str:
        dialect = _postgresql if vendor == "postgresql" else _sqlite
        tables = {name: dialect(name, columns) for name, columns in self._tables.items()}
        lock = f" FOR NO KEY UPDATE OF {self._locks}" if self._locks and vendor == "postgresql" else ""
        return self._text.format(now=NOW[vendor], **tables) + lock


NOW = {"postgresql": "statement_timestamp()", "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}


def _postgresql(name: str, columns: dict[str, str]) -> str:
    types = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"json_to_recordset(%({name})s::json) AS {name}({types})"


def _sqlite(name: str, columns: dict[str, str]) -> str:
    parts = ", ".join(f"json_extract(value, '$.{column}') AS {column}" for column in columns)
    return f"(SELECT {parts} FROM json_each(%({name})s)) AS {name}"  # noqa: S608 (names of our own columns)


def _cursor():
    """Django's cursor; on PostgreSQL one that leaves the parameters to the server, so that it can keep the plan."""
    if not is_postgresql():
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    return connection._prepare_cursor(ServerBindingCursor(connection.connection))


def ago(seconds: float) -> ExpressionWrapper:
    """So long ago by the database's clock."""
    return ExpressionWrapper(Now() - timedelta(seconds=seconds), output_field=DateTimeField())


def now() -> datetime:
    """The database's time. SQLite's own clock, which is this process', counts milliseconds only."""
    if not is_postgresql():
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def moment(time: datetime):
    """A time as this database's driver takes it as a parameter."""
    return connection.ops.adapt_datetimefield_value(time)


def aware(time: datetime | str | None) -> datetime | None:
    """SQLite gives a time as text, in UTC."""
    if isinstance(time, str):
        time = parse_datetime(time)
    return make_aware(time, UTC) if time is not None and is_naive(time) else time


def ids(values: Iterable[int]) -> list[tuple[int]]:
    """Rows of one id each."""
    return [(value,) for value in set(values)]
