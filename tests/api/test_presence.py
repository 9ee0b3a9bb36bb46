"""GET presence: how people are, as far as one may know."""

import pytest

from tests.store.leases import come, opening, start

pytestmark = pytest.mark.django_db


def test_how_they_are(get, alice, bob, direct):
    come(start(), opening(bob, idle=True))
    status, body = get(alice, "presence", users=f"{bob.pk},{alice.pk},{bob.pk}")
    assert status == 200
    (his, hers) = body["results"]
    assert (his["user"], his["online"], his["away"]) == (bob.pk, True, True)
    assert his["last_seen"].endswith("Z")
    assert hers == {"user": alice.pk, "online": False, "last_seen": None}


def test_strangers_and_nobody_look_alike(get, alice, charlie):
    come(start(), opening(alice))
    status, body = get(charlie, "presence", users=f"{alice.pk},999999999")
    assert status == 200
    assert [(one["online"], one["last_seen"]) for one in body["results"]] == [(False, None)] * 2


@pytest.mark.parametrize("users", ["", "alice", "1,", "-1", "9" * 17, ",".join(map(str, range(1, 202))), "٣"])
def test_what_is_no_list_of_users_is_invalid(get, alice, users):
    status, body = get(alice, "presence", users=users)
    assert (status, body["code"]) == (400, "invalid")


def test_it_costs_the_same_for_1_and_for_100(queries_of, alice, bob, direct):
    few = queries_of(alice, "presence", users=str(bob.pk))
    assert queries_of(alice, "presence", users=",".join(str(bob.pk + n) for n in range(100))) == few == 3


def test_nobody_is_told_to_sign_in(get):
    assert get(None, "presence", users="1")[0] == 401
