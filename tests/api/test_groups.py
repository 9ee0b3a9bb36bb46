"""Conversations opened and changed by REST: answers, and what the others get of it."""

import json

import pytest

from messages_store.models import Conversation, Member, User
from messages_store.services import reading
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lunch(alice, bob, dora, group):
    """Alice owns it, Bob is an admin, Dora a member."""
    Member.objects.filter(conversation=group, user=bob).update(role="admin")
    return group


def events(user) -> list[dict]:
    """The data of what the system said in a user's inbox."""
    page = reading.inbox_page(user_id=user.pk, after=0, limit=100)
    return [json.loads(event.message)["data"] for event in page]


# Opened


def test_a_direct_conversation_is_opened_once(call, alice, bob):
    status, opened = call(alice, "POST", "conversations", {"to": bob.pk})
    assert (status, opened["kind"], opened["last_number"]) == (201, "direct", 0)
    assert [member["name"] for member in opened["members"]] == ["Alice", "Bob"]
    assert call(bob, "POST", "conversations", {"to": alice.pk})[0] == 200
    assert call(alice, "POST", "conversations", {"to": bob.pk}) == (200, opened)
    assert events(bob) == []  # nothing was said yet


def test_a_group_is_made(call, alice, bob, dora, rung):
    status, made = call(alice, "POST", "conversations", {"title": "Lunch", "members": [bob.pk, dora.pk]})
    assert (status, made["kind"], made["title"], made["role"], made["muted"]) == (201, "group", "Lunch", "owner", False)
    assert [(member["name"], member["role"]) for member in made["members"]] == [
        ("Alice", "owner"),
        ("Bob", "member"),
        ("Dora", "member"),
    ]
    assert made["last_message"]["body"] == "Alice made the group “Lunch” with Bob and Dora."
    assert rung() == {alice.pk, bob.pk, dora.pk}
    assert [event["event"] for event in events(bob)] == ["created"]
    assert call(alice, "POST", "conversations", {"title": "Notes"})[0] == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": 1, "title": "x"},
        {"to": 1, "members": [2]},
        {"members": [2]},
        {"to": "Bob"},
        {"to": 0},
        {"to": 2**70},
        {"title": "x", "members": [0]},
        {"title": "x", "members": ["a"]},
        {"title": "x", "members": 5},
        {"title": ""},
        {"title": " "},
        {"title": "\0"},
        [],
        "x",
        None,
    ],
)
def test_what_opens_nothing(call, alice, body):
    status, answer = call(alice, "POST", "conversations", body)
    assert (status, answer["code"]) == (400, "invalid")
    assert not Conversation.objects.exists()


def test_who_does_not_exist_is_not_found(call, alice):
    for body in ({"to": 2**40}, {"title": "x", "members": [2**40]}):
        assert call(alice, "POST", "conversations", body)[0] == 404
    assert call(alice, "POST", "conversations", {"to": alice.pk})[0] == 400


# Changed


def test_it_is_renamed_and_everybody_hears_of_it(call, alice, bob, dora, lunch, rung):
    status, changed = call(bob, "PATCH", f"conversations/{lunch.pk}", {"title": "Dinner"})
    assert (status, changed["title"]) == (200, "Dinner")
    assert rung() == {alice.pk, bob.pk, dora.pk}
    assert events(dora) == [{"event": "renamed", "actor": bob.pk, "title": "Dinner"}]


def test_it_is_muted_and_nobody_hears_of_it(call, alice, bob, direct, rung):
    for muted in (True, False):
        status, changed = call(alice, "PATCH", f"conversations/{direct.pk}", {"muted": muted})
        assert (status, changed["muted"]) == (200, muted)
    assert rung() == set()
    assert call(bob, "GET", f"conversations/{direct.pk}")[1]["muted"] is False


def test_it_is_pinned_and_nobody_hears_of_it(call, alice, bob, direct, rung):
    for pinned in (True, False):
        status, changed = call(alice, "PATCH", f"conversations/{direct.pk}", {"pinned": pinned})
        assert (status, changed["pinned"], changed["muted"]) == (200, pinned, False)
        assert call(bob, "GET", f"conversations/{direct.pk}")[1]["pinned"] is False
    assert rung() == set()


def test_renamed_muted_and_pinned_or_nothing(call, dora, lunch):
    change = {"title": "Mine", "muted": True, "pinned": True}
    assert call(dora, "PATCH", f"conversations/{lunch.pk}", change)[0] == 403
    now = call(dora, "GET", f"conversations/{lunch.pk}")[1]
    assert (now["muted"], now["pinned"]) == (False, False)


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": None}, {"muted": "perhaps"}, {"muted": None}, {"pinned": None}, []]
)
def test_what_changes_nothing(call, alice, lunch, body):
    assert call(alice, "PATCH", f"conversations/{lunch.pk}", body)[0] == 400


# Members


def test_people_are_added_and_removed(call, alice, bob, charlie, dora, lunch, rung):
    status, changed = call(bob, "POST", f"conversations/{lunch.pk}/members", {"users": [charlie.pk, dora.pk]})
    assert (status, changed["member_count"]) == (201, 4)
    assert rung() == {user.pk for user in (alice, bob, charlie, dora)}
    assert events(charlie) == [{"event": "added", "actor": bob.pk, "users": [charlie.pk]}]
    assert call(bob, "POST", f"conversations/{lunch.pk}/members", {"users": [charlie.pk]})[0] == 200
    assert call(bob, "DELETE", f"conversations/{lunch.pk}/members/{charlie.pk}") == (204, None)
    assert rung() == {user.pk for user in (alice, bob, charlie, dora)}
    assert [event["event"] for event in events(charlie)] == ["added", "removed"]
    assert call(charlie, "GET", f"conversations/{lunch.pk}")[0] == 404
    assert call(bob, "DELETE", f"conversations/{lunch.pk}/members/{charlie.pk}")[0] == 404


def test_to_remove_oneself_is_to_leave(call, alice, dora, lunch):
    assert call(dora, "DELETE", f"conversations/{lunch.pk}/members/{dora.pk}") == (204, None)
    assert events(alice) == [{"event": "left", "actor": dora.pk}]
    assert call(dora, "DELETE", f"conversations/{lunch.pk}/members/{dora.pk}")[0] == 404


def test_roles_are_given(call, alice, bob, dora, lunch):
    address = f"conversations/{lunch.pk}/members/{dora.pk}"
    status, changed = call(alice, "PATCH", address, {"role": "owner"})
    assert (status, changed["role"]) == (200, "admin")
    assert call(alice, "PATCH", address, {"role": "member"})[0] == 403
    assert call(dora, "PATCH", f"conversations/{lunch.pk}/members/{bob.pk}", {"role": "member"})[0] == 200
    assert [event["role"] for event in events(bob)] == ["owner", "member"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "members", {}),
        ("POST", "members", {"users": []}),
        ("POST", "members", {"users": "x"}),
        ("POST", "members", {"users": [2**70]}),
        ("PATCH", "members/{bob}", {}),
        ("PATCH", "members/{bob}", {"role": "queen"}),
        ("POST", "read", {}),
        ("POST", "read", {"number": -1}),
        ("POST", "read", {"number": "x"}),
    ],
)
def test_what_is_invalid(call, alice, bob, lunch, method, path, body):
    status, answer = call(alice, method, f"conversations/{lunch.pk}/{path.format(bob=bob.pk)}", body)
    assert (status, answer["code"]) == (400, "invalid")


# Who is in it


def test_pages_have_every_member_once(get, alice, bob, lunch):
    people = User.objects.bulk_create([User(username=f"u{n}", display_name=f"Ü {n}") for n in range(5)])
    Member.objects.bulk_create([Member(conversation=lunch, user=user) for user in people])
    seen, cursor = [], {}
    while cursor is not None:
        page = get(bob, f"conversations/{lunch.pk}/members", limit=3, **cursor)[1]
        seen += [one["name"] for one in page["results"]]
        cursor = page["next"] and {"cursor": page["next"]}
    assert seen == ["Alice", "Bob", "Dora", *(f"Ü {n}" for n in range(5))]


def test_members_are_found_by_their_name_with_their_role_while_they_are_in_it(get, alice, bob, dora, lunch):
    def found(q):
        return [(one["id"], one["role"]) for one in get(alice, f"conversations/{lunch.pk}/members", q=q)[1]["results"]]

    assert found("BO") == [(bob.pk, "admin")]
    assert found("charlie") == []
    Member.objects.filter(user=bob).update(left_at="2026-01-01T00:00:00Z", role="member")
    assert found("bo") == []


@pytest.mark.parametrize("wrong", [{"cursor": "x"}, {"cursor": "9" * 30}, {"limit": 0}, {"q": "x" * 151}])
def test_no_page_of_members(get, alice, lunch, wrong):
    status, answer = get(alice, f"conversations/{lunch.pk}/members", **wrong)
    assert (status, answer["code"]) == (400, "invalid")


# Who may: by route

CALLS = [
    ("PATCH", "", {"title": "Mine"}, "alice bob"),
    ("POST", "/members", {"users": ["charlie"]}, "alice bob"),
    ("DELETE", "/members/{dora}", None, "alice bob dora"),
    ("DELETE", "/members/{bob}", None, "alice bob"),
    ("PATCH", "/members/{dora}", {"role": "admin"}, "alice"),
    ("PATCH", "", {"muted": True}, "alice bob dora"),
    ("PATCH", "", {"pinned": True}, "alice bob dora"),
    ("POST", "/read", {"number": 1}, "alice bob dora"),
    ("POST", "/messages", {"client_id": "6f1c1f9e-58c5-4a0e-9d4e-0a4f3c1b2d3e", "body": "x"}, "alice bob dora"),
]


@pytest.mark.parametrize(("method", "path", "body", "may"), CALLS)
@pytest.mark.parametrize("actor", ["alice", "bob", "dora", "charlie", "staff", "nobody"])
def test_who_may(call, alice, bob, charlie, dora, lunch, method, path, body, may, actor):
    staff = make_user("staff", is_staff=True, is_superuser=True)
    people = {user.username: user for user in (alice, bob, charlie, dora, staff)}
    path = f"conversations/{lunch.pk}{path}".format(**{name: user.pk for name, user in people.items()})
    if body and "users" in body:
        body = {"users": [people[name].pk for name in body["users"]]}
    status, answer = call(people.get(actor), method, path, body)
    if actor == "nobody":
        assert (status, answer["code"]) == (401, "unauthenticated")
    elif actor in ("charlie", "staff"):
        missing = path.replace(str(lunch.pk), str(lunch.pk + 1_000), 1)
        assert (status, answer) == call(people[actor], method, missing, body)
        assert (status, answer["code"]) == (404, "not_found")
    elif actor in may.split():
        assert status in (200, 201, 204)
    else:
        assert (status, answer["code"]) == (403, "forbidden")


# Read


def test_what_was_read_is_told_to_the_others(call, say, alice, bob, direct, hinted):
    say(direct, alice, "one", "two")
    assert call(bob, "POST", f"conversations/{direct.pk}/read", {"number": 1}) == (200, {"read_number": 1})
    assert hinted() == {alice.pk: [{"type": "marks", "conversation": direct.pk, "user": bob.pk, "read": 1}]}
    assert call(bob, "POST", f"conversations/{direct.pk}/read", {"number": 99}) == (200, {"read_number": 2})
    hinted()
    assert call(bob, "POST", f"conversations/{direct.pk}/read", {"number": 1}) == (200, {"read_number": 2})
    assert hinted() == {}


# For oneself


def test_what_one_mutes_or_pins_is_told_to_ones_own_devices_alone(call, alice, direct, hinted):
    assert call(alice, "PATCH", f"conversations/{direct.pk}", {"muted": True})[0] == 200
    assert hinted() == {alice.pk: [{"type": "arranged", "conversation": direct.pk, "muted": True}]}
    assert call(alice, "PATCH", f"conversations/{direct.pk}", {"muted": False, "pinned": True})[0] == 200
    assert hinted() == {alice.pk: [{"type": "arranged", "conversation": direct.pk, "muted": False, "pinned": True}]}


def test_what_one_may_not_mute_is_told_to_nobody(call, charlie, direct, hinted):
    assert call(charlie, "PATCH", f"conversations/{direct.pk}", {"muted": True})[0] == 404
    assert hinted() == {}
