"""Keys: shown once, stored as digests."""

from datetime import timedelta
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from messages_store import scopes
from messages_store.errors import Invalid
from messages_store.models import Token, User
from messages_store.services import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return User.objects.create(username="alice")


def test_a_key_signs_its_user_in(alice):
    assert tokens.find(tokens.issue(user=alice)).user == alice


def test_only_the_digest_is_stored(alice):
    key = tokens.issue(user=alice)
    (row,) = Token.objects.values_list()
    assert row[0] == sha256(key.encode()).hexdigest()
    assert key not in repr(row)


def test_a_user_may_have_several_keys(alice):
    keys = {tokens.issue(user=alice) for _ in range(3)}
    assert len(keys) == 3
    assert {tokens.find(key).user for key in keys} == {alice}


def test_many_keys_cost_one_query(alice, django_assert_num_queries):
    bob = User.objects.create(username="bob")
    with django_assert_num_queries(1):
        keys = tokens.issue_many(users=[alice, bob])
    assert {id: tokens.find(key).user.pk for id, key in keys.items()} == {alice.pk: alice.pk, bob.pk: bob.pk}


def test_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tokens.issue_many(users=[]) == {}


@pytest.mark.parametrize("key", ["", "unknown", "\0", "\ud800", "ключ", "x" * 100_000])
def test_an_unknown_key_is_nobodys(alice, key):
    tokens.issue(user=alice)
    assert tokens.find(key) is None


def test_a_digest_is_no_key(alice):
    tokens.issue(user=alice)
    assert tokens.find(Token.objects.get().digest) is None


def test_a_disabled_account_is_not_signed_in(alice):
    key = tokens.issue(user=alice)
    User.objects.update(is_active=False)
    assert tokens.find(key) is None


def test_asking_costs_one_query(alice, django_assert_num_queries):
    key = tokens.issue(user=alice)
    with django_assert_num_queries(1):
        assert tokens.find(key).user.name == "alice"


def test_many_are_found_in_one_query_and_only_the_good_ones(alice, django_assert_num_queries):
    bob, gone = User.objects.create(username="bob"), User.objects.create(username="gone", is_active=False)
    keys = [tokens.issue(user=alice, scopes=["inbox:read"]), tokens.issue(user=bob), tokens.issue(user=alice)]
    late, disabled = tokens.issue(user=alice, expires_at=timezone.now()), tokens.issue(user=gone)
    with django_assert_num_queries(1):
        found = tokens.find_all(keys=[*keys, late, disabled, "unknown", keys[0]])
        assert {key: token.user.username for key, token in found.items()} == dict(
            zip(keys, ("alice", "bob", "alice"), strict=True)
        )
    assert found[keys[0]].scopes == ["inbox:read"]


def test_a_key_is_known_by_its_beginning(alice):
    key = tokens.issue(user=alice)
    assert key.startswith("im_")
    assert str(Token.objects.get()) == f"{key[:11]}…"


def test_a_token_has_a_name_and_scopes(alice):
    token = tokens.find(tokens.issue(user=alice, name="alarms", scopes=["notifications:send"]))
    assert (token.name, token.scopes) == ("alarms", ["notifications:send"])


def test_an_unknown_scope_makes_no_token(alice):
    with pytest.raises(Invalid, match="notifications:sent"):
        tokens.issue(user=alice, scopes=["notifications:sent"])
    assert not Token.objects.exists()


def test_no_scopes_are_all_of_them():
    assert all(scopes.allows(granted, scope) for scope in scopes.MEANINGS for granted in (None, [], [scope]))
    assert not scopes.allows(["inbox:read"], "notifications:send")


def test_after_its_time_it_signs_nobody_in(alice):
    key = tokens.issue(user=alice, expires_at=timezone.now() + timedelta(minutes=1))
    assert tokens.find(key)
    Token.objects.update(expires_at=Now())
    assert tokens.find(key) is None
    assert tokens.existing([tokens.digest(key)]) == set()


def used() -> list:
    return list(Token.objects.values_list("last_used_at", flat=True))


def aged(**by) -> None:
    Token.objects.update(last_used_at=Now() - timedelta(**by))


def test_its_use_is_written_once_a_minute(alice):
    token = tokens.find(tokens.issue(user=alice))
    assert used() == [None]
    tokens.note_use(digests=[token.pk])
    first = used()
    assert first != [None]
    tokens.note_use(digests=[token.pk])
    assert used() == first
    aged(seconds=59)
    before = used()
    tokens.note_use(digests=[token.pk])
    assert used() == before
    aged(seconds=61)
    tokens.note_use(digests=[token.pk])
    assert used() > before


def test_sockets_held_open_are_a_use_and_cost_a_write_every_15_minutes(alice, django_assert_num_queries):
    pk = tokens.find(tokens.issue(user=alice)).pk
    assert tokens.existing([pk, "unknown"]) == {pk}
    assert used() != [None]
    aged(minutes=14)
    with django_assert_num_queries(1):
        assert tokens.existing([pk]) == {pk}
    aged(minutes=16)
    before = used()
    tokens.existing([pk])
    assert used() > before


def test_a_note_that_cannot_be_written_refuses_nothing(alice, monkeypatch, caplog):
    def locked(*_, **__):
        raise OperationalError("database is locked")

    token = tokens.find(tokens.issue(user=alice))
    monkeypatch.setattr(QuerySet, "update", locked)
    tokens.note_use(digests=[token.pk])
    assert "could not be noted" in caplog.text


# manage.py token


def command(*arguments) -> str:
    output = StringIO()
    call_command("token", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def test_the_command_prints_the_key_and_nothing_else(alice):
    key = command("alice", "--name", "alarms", "--scope", "inbox:read", "--scope", "users:read", "--expires", "30d")
    token = tokens.find(key.removesuffix("\n"))
    assert (token.user, token.name, token.scopes) == (alice, "alarms", ["inbox:read", "users:read"])
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)


def test_the_command_lists_no_keys(alice):
    bob = User.objects.create(username="bob")
    keys = [tokens.issue(user=alice, name="one"), tokens.issue(user=bob, name="two", scopes=["users:read"])]
    told = command("--list")
    assert all(key[:11] in told and key not in told for key in keys)
    assert "users:read" in told
    assert "two" not in command("alice", "--list")


def test_the_command_deletes_one_by_its_beginning(alice):
    keep, lose = tokens.issue(user=alice), tokens.issue(user=alice)
    command("--delete", lose[:11])
    assert (tokens.find(keep).user, tokens.find(lose)) == (alice, None)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["nobody"],
        ["alice", "--scope", "everything"],
        ["alice", "--expires", "soon"],
        ["alice", "--expires", "2020-01-01"],
        ["alice", "--expires", "2020-99-01"],
        ["--delete", "im_"],
        ["--delete", ""],
        ["--delete", "unknown"],
    ],
)
def test_the_command_says_what_is_wrong(alice, wrong):
    tokens.issue(user=alice)
    tokens.issue(user=alice)
    with pytest.raises(CommandError):
        command(*wrong)
    assert Token.objects.count() == 2


def test_the_command_makes_the_service_whose_token_it_is(alice):
    told = command("shop", "--create", "--may-notify", "--scope", "notifications:send")
    shop = tokens.find(told.strip()).user
    assert (shop.username, shop.kind, shop.is_staff, shop.has_usable_password()) == ("shop", "service", False, False)
    assert shop.get_all_permissions() == {"messages_store.send_notification"}


def test_a_service_that_is_there_already_gets_one_more_token(alice):
    first, second = (tokens.find(command("shop", "--create").strip()).user for _ in range(2))
    assert first == second
    assert not first.has_perm("messages_store.send_notification")


def test_create_changes_nobody_who_is_there(alice):
    assert tokens.find(command("alice", "--create").strip()).user == alice
    assert User.objects.get(username="alice").kind == "user"


def test_who_is_there_already_may_notify_from_now_on(alice):
    command("alice", "--may-notify")
    assert User.objects.get(pk=alice.pk).has_perm("messages_store.send_notification")


@pytest.mark.parametrize("name", ["", "two words", "n" * 151, "nul\0"])
def test_a_name_that_cannot_be_is_no_service(alice, name):
    with pytest.raises(CommandError):
        command(name, "--create")
    assert User.objects.count() == 1


@pytest.mark.parametrize("when", ["2099-01-31", "2099-01-31T12:00Z", "2099-01-31 12:00+08:00", "12h", "52w"])
def test_the_command_takes_times(alice, when):
    assert tokens.find(command("alice", "--expires", when).strip()).expires_at > timezone.now()
