"""The cast. Alice and Bob talk, Charlie must see nothing, Dora is the agent."""

from uuid import uuid4

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import OperationalError
from django.db.backends.base.operations import BaseDatabaseOperations

from messages_store import counting
from messages_store.drafts import Draft
from messages_store.models import User
from messages_store.services import conversations, inboxes, tokens


@pytest.fixture(scope="session", autouse=True)
def empty_tables_beside_nodes():
    """Emptying all tables at once may deadlock with what a real node writes by itself at that moment: then again."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def persist(self, statements):
        for _ in range(3):
            try:
                return empty(self, statements)
            except OperationalError as error:
                if "deadlock" not in str(error):
                    raise
        return empty(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", persist)
        yield


@pytest.fixture(scope="session", autouse=True)
def counting_may_take_its_time():
    """A busy machine's Redis may take longer than a call waits for it, and then each process counts for itself."""
    shared = counting.counter().shared
    if isinstance(shared, RedisCache):
        shared._cache._pool_options |= {"socket_timeout": 30, "socket_connect_timeout": 30}


@pytest.fixture(autouse=True)
def nothing_is_counted_yet(monkeypatch):
    """Users of earlier tests had the same ids, and a shared Redis counts for other runs too.

    It is early in the minute, and stays so: no test goes over its turn.
    """
    monkeypatch.setattr(counting, "time", lambda: 1_000_000 * counting.WINDOW + 10.0)
    counter = counting.counter()
    counter.shared.key_prefix = counter.own.key_prefix = uuid4().hex
    counter.asked_again_at = 0.0


def make_user(username: str, **fields) -> User:
    """A user with an inbox, and with `key` to sign in by token."""
    user = User.objects.create(username=username, display_name=username.title(), **fields)
    inboxes.ensure([user.pk])
    user.key = tokens.issue(user=user)
    return user


@pytest.fixture
def alice(db) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db) -> User:
    return make_user("bob")


@pytest.fixture
def charlie(db) -> User:
    return make_user("charlie")


@pytest.fixture
def dora(db) -> User:
    return make_user("dora", kind=User.Kind.AGENT)


@pytest.fixture
def direct(alice, bob):
    """The direct conversation of Alice and Bob."""
    return conversations.open_direct(user_id=alice.pk, other_id=bob.pk)


@pytest.fixture
def group(alice, bob, dora):
    """A group of Alice, Bob and Dora."""
    return conversations.create_group(creator=alice, title="Lunch", members=[bob, dora])


@pytest.fixture
def attachments_dir(settings, tmp_path):
    """Where attachments are stored, for this test alone."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"attachments": storage}
    return tmp_path


@pytest.fixture
def draft():
    """Make a draft: draft(alice, direct, "hello", …)."""

    def make(sender, conversation=None, body="hello", **fields) -> Draft:
        fields.setdefault("client_id", uuid4())
        conversation_id = conversation.pk if conversation is not None else None
        return Draft(sender=sender.pk, conversation=conversation_id, body=body, **fields)

    return make
