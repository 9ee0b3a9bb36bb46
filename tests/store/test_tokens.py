"""Keys: shown once, stored as digests."""

from hashlib import sha256

import pytest

from messages_store.models import Token, User
from messages_store.services import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return User.objects.create(username="alice")


def test_a_key_signs_its_user_in(alice):
    assert tokens.user_for(tokens.issue(user=alice)) == alice


def test_only_the_digest_is_stored(alice):
    key = tokens.issue(user=alice)
    (row,) = Token.objects.values_list()
    assert row[0] == sha256(key.encode()).hexdigest()
    assert key not in repr(row)


def test_a_user_may_have_several_keys(alice):
    keys = {tokens.issue(user=alice) for _ in range(3)}
    assert len(keys) == 3
    assert {tokens.user_for(key) for key in keys} == {alice}


def test_many_keys_cost_one_query(alice, django_assert_num_queries):
    bob = User.objects.create(username="bob")
    with django_assert_num_queries(1):
        keys = tokens.issue_many(users=[alice, bob])
    assert {id: tokens.user_for(key).pk for id, key in keys.items()} == {alice.pk: alice.pk, bob.pk: bob.pk}


def test_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tokens.issue_many(users=[]) == {}


@pytest.mark.parametrize("key", ["", "unknown", "\0", "\ud800", "ключ", "x" * 100_000])
def test_an_unknown_key_is_nobodys(alice, key):
    tokens.issue(user=alice)
    assert tokens.user_for(key) is None


def test_a_digest_is_no_key(alice):
    tokens.issue(user=alice)
    assert tokens.user_for(Token.objects.get().digest) is None


def test_a_disabled_account_is_not_signed_in(alice):
    key = tokens.issue(user=alice)
    User.objects.update(is_active=False)
    assert tokens.user_for(key) is None


def test_asking_costs_one_query(alice, django_assert_num_queries):
    key = tokens.issue(user=alice)
    with django_assert_num_queries(1):
        assert tokens.user_for(key).name == "alice"
