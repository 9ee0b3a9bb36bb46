"""GET users: who finds whom."""

import pytest

from messages_store.models import Member, User
from messages_store.services import conversations

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(get):
    """names(alice, q="bo"): the usernames that are found."""

    def names(user, **query):
        status, body = get(user, "users", **query)
        assert status == 200
        return [found["username"] for found in body["results"]]

    return names


def test_what_one_is_told(get, alice, bob):
    assert get(alice, "users", q="bob") == (
        200,
        {"results": [{"id": bob.pk, "name": "Bob", "avatar": None, "username": "bob", "kind": "user"}], "next": None},
    )


@pytest.mark.parametrize("q", ["zhang", "ZHANG", "wei", "张", "Wei Z", "lastname", "zhāng"])
def test_a_part_of_any_name_finds(names, alice, q):
    User.objects.create(username="zhang3", display_name="张伟 Wei Zhāng", first_name="Wei Z", last_name="Lastname")
    assert names(alice, q=q) == ["zhang3"]


def test_signs_mean_themselves(names, alice):
    assert names(alice, q="%") == names(alice, q="_") == names(alice, q="a\\") == []


def test_without_a_question_everybody(names, alice, bob, charlie, dora):
    assert names(alice) == names(alice, q="") == ["alice", "bob", "charlie", "dora"]


def test_who_is_disabled_is_not_found(names, alice, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert names(alice) == ["alice"]


def test_pages_have_everybody_once(get, alice):
    User.objects.bulk_create([User(username=f"ü{n:02}") for n in range(7)])
    seen, cursor = [], {}
    while cursor is not None:
        page = get(alice, "users", limit=3, **cursor)[1]
        seen += [one["username"] for one in page["results"]]
        cursor = page["next"] and {"cursor": page["next"]}
    assert sorted(seen) == ["alice", *(f"ü{n:02}" for n in range(7))]


@pytest.mark.parametrize("cursor", ["!", "x", "_w", "AA", "gICA", "é", "x" * 1_000])
def test_a_strange_cursor_is_invalid_or_a_place(get, alice, cursor):
    status, body = get(alice, "users", cursor=cursor)
    assert (status, body.get("code")) in [(400, "invalid"), (200, None)]


@pytest.mark.parametrize(
    "wrong", [{"q": "\0"}, {"q": "x" * 151}, {"limit": 0}, {"limit": 201}, {"cursor": "x" * 1_001}]
)
def test_what_cannot_be_understood(get, alice, wrong):
    status, body = get(alice, "users", **wrong)
    assert (status, body["code"], list(body["fields"])) == (400, "invalid", list(wrong))


@pytest.fixture
def victor(db):
    return User.objects.create(username="victor", kind=User.Kind.VISITOR)


@pytest.fixture
def customer(db):
    return User.objects.create(username="cleo", kind=User.Kind.CUSTOMER)


def test_customers_and_visitors_find_whom_they_talk_with(names, alice, bob, victor, customer):
    assert (names(victor), names(customer)) == (["victor"], ["cleo"])
    conversations.open_direct(user_id=customer.pk, other_id=bob.pk)
    assert names(customer) == ["bob", "cleo"]
    assert names(customer, q="alice") == []
    Member.objects.filter(user=bob).update(left_at="2026-01-01T00:00:00Z")
    assert names(customer) == ["cleo"]


def test_whom_one_does_not_find_one_may_write_to_by_their_id_and_sees_then(names, call, alice, customer):
    status, begun = call(customer, "POST", "conversations", {"to": alice.pk})
    assert status == 201
    assert {"id": alice.pk, "name": "Alice", "avatar": None, "role": "member"} in begun["members"]
    assert names(customer) == ["alice", "cleo"]


def test_a_visitor_is_found_by_whom_they_talk_with(names, alice, dora, victor):
    conversations.open_direct(user_id=dora.pk, other_id=victor.pk)
    assert "victor" in names(dora)
    assert "victor" not in names(alice)


def test_it_can_be_switched_off_but_for_staff(names, alice, bob, settings):
    settings.IM_USER_SEARCH = frozenset()
    assert names(alice) == ["alice"]
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert names(User.objects.get(pk=alice.pk)) == ["alice", "bob"]


def test_it_costs_one_query(queries_of, alice, bob):
    few = queries_of(alice, "users")
    User.objects.bulk_create([User(username=f"u{n}") for n in range(50)])
    assert queries_of(alice, "users") == few == 1
