"""`migrate` on a database that has much in it."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)


def statement_timeout() -> str | None:
    """As PostgreSQL says it; SQLite has none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


def test_a_migration_may_take_longer_than_a_statement_of_a_node(monkeypatch):
    before, during, migrate = statement_timeout(), [], MigrationExecutor.migrate

    def watched(*args, **keywords):
        during.append(statement_timeout())
        return migrate(*args, **keywords)

    monkeypatch.setattr(MigrationExecutor, "migrate", watched)
    call_command("migrate", verbosity=0)
    assert during == ["0" if before else None]
    assert statement_timeout() == before != "0"
