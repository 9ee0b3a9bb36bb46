"""Many rows in one statement, the same text for PostgreSQL and SQLite.

The ORM's bulk_create and bulk_update cost more time in Python than everything else that a message needs. Here the rows
go to the database as one JSON parameter, which both can read as a table.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from django.db import connection


def execute(statement: str, rows: Sequence[Sequence], columns: dict[str, str], **parameters) -> list[tuple]:
    """Run a statement in which `{rows}` is a table `v` of these rows, and return what it returns.

    `columns` gives the name and the PostgreSQL type of each column of `v`; `{now}` is the database's time, and
    `%(name)s` stands for a parameter.
    """
    if not rows:
        return []
    names = list(columns)
    parameters["rows"] = msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=_table(columns), now=_now()), parameters)
        return cursor.fetchall() if cursor.description else []


def _table(columns: dict[str, str]) -> str:
    if connection.vendor == "postgresql":
        types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"json_to_recordset(%(rows)s::json) AS v({types})"
    parts = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {parts} FROM json_each(%(rows)s)) AS v"


def _now() -> str:
    if connection.vendor == "postgresql":
        return "statement_timestamp()"
    return "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"


def moment(time: datetime):
    """A time as this database's driver takes it as a parameter."""
    return connection.ops.adapt_datetimefield_value(time)


def lock_of(alias: str) -> str:
    """What locks the rows of a SELECT until the commit; SQLite has one writer and needs none."""
    return f"FOR NO KEY UPDATE OF {alias}" if connection.vendor == "postgresql" else ""


def ids(values: Iterable[int]) -> list[tuple[int]]:
    """Rows of one id each, in the one order in which rows are ever locked."""
    return [(value,) for value in sorted(set(values))]

