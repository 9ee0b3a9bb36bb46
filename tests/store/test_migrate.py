"""`migrate` on a database that has much in it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from messages_store.models import Member
from messages_store.services import conversations, sending
from tests.conftest import make_user

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


def test_an_empty_direct_conversation_of_before_stays_in_both_lists(alice, bob, direct, group, draft):
    charlie = make_user("charlie")
    talked = conversations.open_direct(user_id=alice.pk, other_id=charlie.pk)
    sending.send([draft(alice, talked)])
    Member.objects.update(opened=False)
    with connection.schema_editor() as editor:
        import_module("messages_store.migrations.0022_opened_before").open_what_is_empty(apps, editor)
    found = Member.objects.filter(opened=True).values_list("conversation", "user")
    assert set(found) == {(direct.pk, alice.pk), (direct.pk, bob.pk)}
