"""The list of conversations: whose, in which order, and at what cost."""

import pytest

from messages_store.models import Conversation, Member
from messages_store.services import conversations, receipts, sending


def test_what_a_list_tells(get, alice, bob, direct, say):
    say(direct, alice, "one", "two")
    say(direct, bob, "three")
    receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=2)
    status, body = get(alice, "conversations")
    assert status == 200
    (found,) = body["results"]
    last = found.pop("last_message")
    assert (last["number"], last["body"], last["sender"]) == (3, "three", bob.pk)
    assert found.pop("created_at").endswith("Z")
    marks = {mark["user"]: mark["read"] for mark in found.pop("marks")}
    assert marks == {alice.pk: 2, bob.pk: 3}
    assert found.pop("people") == [{"id": bob.pk, "name": "Bob", "avatar": None}]
    assert found == {
        "id": direct.pk,
        "kind": "direct",
        "title": "",
        "last_number": 3,
        "unread": 1,
        "floor_number": 0,
        "read_number": 2,
        "mentions": [],
        "unread_system": [],
        "role": "member",
        "muted": False,
        "pinned": False,
        "opened": True,
        "members": [
            {"id": alice.pk, "name": "Alice", "avatar": None, "role": "member"},
            {"id": bob.pk, "name": "Bob", "avatar": None, "role": "member"},
        ],
        "member_count": 2,
    }
    assert body["next"] is None


def test_marks_tell_what_was_acknowledged(get, alice, bob, direct, say):
    say(direct, alice, "one", "two")
    receipts.ack(user_id=bob.pk, seq=1)
    (found,) = get(alice, "conversations")[1]["results"]
    assert {"user": bob.pk, "sent": 1, "read": 0} in found["marks"]


def test_an_empty_conversation_has_no_last_message(get, alice, direct):
    (found,) = get(alice, "conversations")[1]["results"]
    assert (found["last_message"], found["unread"], found["last_number"]) == (None, 0, 0)


def opened(answer) -> dict[int, bool]:
    return {one["id"]: one["opened"] for one in answer[1]["results"]}


def test_a_direct_conversation_is_in_both_lists_and_tells_each_whether_they_opened_it(get, call, alice, bob, say):
    made = call(alice, "POST", "conversations", {"to": bob.pk})[1]
    assert made["opened"] is True
    assert opened(get(alice, "conversations")) == {made["id"]: True}
    assert opened(get(bob, "conversations")) == {made["id"]: False}
    say(Conversation.objects.get(pk=made["id"]), alice, "hello")
    assert opened(get(bob, "conversations")) == {made["id"]: False}
    status, body = call(bob, "POST", "conversations", {"to": alice.pk})
    assert (status, body["opened"]) == (200, True)
    assert opened(get(bob, "conversations")) == opened(get(alice, "conversations")) == {made["id"]: True}


def test_what_begins_with_a_message_was_opened_by_nobody(get, alice, bob, draft):
    sending.send([draft(alice, to=bob.pk)])
    for user in (alice, bob):
        assert set(opened(get(user, "conversations")).values()) == {False}


def test_a_group_is_in_everybodys_list_though_nobody_has_said_anything(get, bob, group):
    assert ids(get(bob, "conversations")) == {group.pk}


def test_the_newest_activity_comes_first(get, alice, direct, group, say):
    say(group, alice, "first")
    say(direct, alice, "then")
    assert [one["id"] for one in get(alice, "conversations")[1]["results"]] == [direct.pk, group.pk]
    say(group, alice, "again")
    assert [one["id"] for one in get(alice, "conversations")[1]["results"]] == [group.pk, direct.pk]


def test_pages_have_everything_once(get, alice, bob, say):
    made = [conversations.create_group(creator=alice, title=f"g{n}", members=[bob]) for n in range(7)]
    for group in made[::2]:
        say(group, bob, "hello")
    whole = [one["id"] for one in get(alice, "conversations")[1]["results"]]
    assert sorted(whole) == sorted(group.pk for group in made)
    paged, cursor = [], {}
    while cursor is not None:
        page = get(alice, "conversations", limit=2, **cursor)[1]
        paged += [one["id"] for one in page["results"]]
        cursor = page["next"] and {"cursor": page["next"]}
    assert paged == whole


@pytest.mark.parametrize("cursor", ["x", "1", "1.2.3", "1.x", "9" * 60 + ".1", "-1.-1", "1." + "9" * 50, "٣.٣"])
def test_a_strange_cursor_is_no_failure(get, alice, direct, cursor):
    status, body = get(alice, "conversations", cursor=cursor)
    assert (status, body.get("code")) in [(400, "invalid"), (200, None)]


def test_strangers_see_nothing(get, charlie, direct, say, alice):
    say(direct, alice, "secret")
    assert get(charlie, "conversations")[1] == {"results": [], "next": None}


def test_who_left_sees_it_no_more(get, alice, bob, group):
    Member.objects.filter(user=bob).update(left_at="2026-01-01T00:00:00Z")
    assert get(bob, "conversations")[1]["results"] == []
    (found,) = get(alice, "conversations")[1]["results"]
    assert [member["name"] for member in found["members"]] == ["Alice", "Dora"]


def test_one_conversation_looks_as_in_the_list(get, alice, direct, say):
    say(direct, alice, "hello")
    status, found = get(alice, f"conversations/{direct.pk}")
    assert (status, [found]) == (200, get(alice, "conversations")[1]["results"])


def test_a_large_group_shows_some_members_and_how_many(get, alice, bob, charlie, settings):
    settings.IM_MARKS_MEMBERS = 2
    group = conversations.create_group(creator=charlie, title="crowd", members=[alice, bob])
    found = get(charlie, f"conversations/{group.pk}")[1]
    assert len(found["members"]) == len(found["marks"]) == 2
    assert found["member_count"] == 3


def test_queries_do_not_grow_with_the_list(queries_of, alice, bob, charlie, say):
    for n in range(3):
        say(conversations.create_group(creator=alice, title=f"g{n}", members=[bob, charlie]), bob, "hello")
    few = queries_of(alice, "conversations")
    for n in range(12):
        say(conversations.create_group(creator=alice, title=f"h{n}", members=[bob, charlie]), bob, "hello")
    assert queries_of(alice, "conversations") == few == 4


def ids(answer):
    status, body = answer
    assert status == 200
    return {one["id"] for one in body["results"]}


def test_only_those_of_a_kind(get, alice, direct, group):
    assert ids(get(alice, "conversations", kind="direct")) == {direct.pk}
    assert ids(get(alice, "conversations", kind="group")) == {group.pk}
    assert ids(get(alice, "conversations", kind="support")) == set()


def test_only_those_with_something_unread(get, alice, bob, direct, group, say):
    say(direct, bob, "hello")
    assert ids(get(alice, "conversations", unread="true")) == {direct.pk}
    assert ids(get(alice, "conversations", unread="false")) == {group.pk}
    assert ids(get(alice, "conversations", unread="")) == ids(get(alice, "conversations")) == {direct.pk, group.pk}
    receipts.read(user_id=alice.pk, conversation_id=direct.pk, number=1)
    assert ids(get(alice, "conversations", unread="true")) == set()


def test_only_those_that_are_pinned(call, get, alice, bob, direct, group):
    call(alice, "PATCH", f"conversations/{group.pk}", {"pinned": True})
    assert ids(get(alice, "conversations", pinned="true")) == {group.pk}
    assert ids(get(alice, "conversations", pinned="false")) == {direct.pk}
    assert ids(get(bob, "conversations", pinned="true")) == set()
    call(alice, "PATCH", f"conversations/{group.pk}", {"pinned": False})
    assert ids(get(alice, "conversations", pinned="true")) == set()


def test_a_part_of_the_title_finds(get, alice, bob, charlie, direct, group):
    conversations.create_group(creator=charlie, title="Lunch of strangers", members=[])
    assert ids(get(alice, "conversations", q="LUN")) == {group.pk}
    assert ids(get(alice, "conversations", q="%")) == ids(get(charlie, "conversations", q="dinner")) == set()


def test_what_is_filtered_is_paged_too(get, alice, bob, direct, say):
    made = {conversations.create_group(creator=alice, title=f"g{n}", members=[bob]).pk for n in range(5)}
    first = get(alice, "conversations", kind="group", limit=3)
    rest = get(alice, "conversations", kind="group", limit=3, cursor=first[1]["next"])
    assert (len(ids(first)), ids(first) | ids(rest), rest[1]["next"]) == (3, made, None)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "crowd"}, {"unread": "maybe"}, {"pinned": "maybe"}, {"q": "x" * 201}, {"limit": 0}, {"cursor": "x" * 65}],
)
def test_what_cannot_be_understood_is_named(get, alice, wrong):
    status, body = get(alice, "conversations", **wrong)
    assert (status, body["code"], list(body["fields"])) == (400, "invalid", list(wrong))
