"""Pages of a conversation's history."""

import pytest


@pytest.fixture
def history(direct, alice, say):
    say(direct, alice, *(f"m{n}" for n in range(1, 11)))
    return f"conversations/{direct.pk}/messages"


def numbers(answer):
    status, body = answer
    assert status == 200
    return [message["number"] for message in body["results"]]


def test_the_last_ones_ascending(get, alice, history):
    assert numbers(get(alice, history, limit=3)) == [8, 9, 10]


def test_before_and_after_a_number(get, alice, history):
    assert numbers(get(alice, history, before=8, limit=3)) == [5, 6, 7]
    assert numbers(get(alice, history, after=2, limit=3)) == [3, 4, 5]
    assert numbers(get(alice, history, before=1)) == []
    assert numbers(get(alice, history, after=10)) == []
    assert numbers(get(alice, history, before=6, after=2)) == [3, 4, 5]


def test_pages_tell_where_to_go_on(get, alice, history):
    def on(**query):
        return get(alice, history, **query)[1]["next"]

    assert (on(limit=3), on(limit=10), on(limit=9)) == (8, None, 2)
    assert (on(after=2, limit=3), on(after=7, limit=3), on(after=6, limit=3)) == (5, None, 9)
    assert (on(before=1), on(before=4, limit=2)) == (None, 2)


def test_a_message_looks_as_on_the_wire(get, alice, direct, history):
    (message,) = get(alice, history, limit=1)[1]["results"]
    assert message["client_id"]
    assert message["created_at"].endswith("Z")
    assert {name: message[name] for name in ("conversation", "number", "sender", "kind", "body")} == {
        "conversation": direct.pk,
        "number": 10,
        "sender": alice.pk,
        "kind": "text",
        "body": "m10",
    }


def test_the_people_who_wrote_are_named(get, alice, bob, direct, history, say):
    say(direct, bob, "hello")
    people = get(alice, history)[1]["people"]
    assert people == [
        {"id": alice.pk, "name": "Alice", "avatar": None},
        {"id": bob.pk, "name": "Bob", "avatar": None},
    ]


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"before": -1}, {"after": "9" * 30}, {"before": "9" * 2000}]
)
def test_what_cannot_be_understood_is_named(get, alice, history, wrong):
    status, body = get(alice, history, **wrong)
    assert (status, body["code"], list(body["fields"])) == (400, "invalid", list(wrong))
    assert body["message"]


def test_queries_do_not_grow_with_the_page(queries_of, alice, bob, direct, history, say):
    few = queries_of(alice, history, limit=1)
    say(direct, bob, *("more" for _ in range(50)))
    assert queries_of(alice, history, limit=50) == few == 3


# Search


def test_a_search_in_one_conversation_and_in_all(get, say, alice, bob, charlie, direct, group):
    say(direct, alice, "lunch, Bob?")
    say(group, bob, "Lunch for all", "dinner")
    status, page = get(bob, "messages", q="lunch")
    assert status == 200
    assert [(found["conversation"], found["number"]) for found in page["results"]] == [(group.pk, 1), (direct.pk, 1)]
    assert [person["name"] for person in page["people"]] == ["Alice", "Bob"]
    assert page["next"] is None
    assert page["results"][0] == get(bob, f"messages/{page['results'][0]['id']}")[1]
    here = get(bob, f"conversations/{direct.pk}/messages", q="lunch")[1]
    assert here["results"] == page["results"][1:]
    assert get(charlie, "messages", q="lunch")[1]["results"] == []
    assert get(charlie, f"conversations/{direct.pk}/messages", q="lunch")[0] == 404
    assert get(None, "messages", q="lunch")[0] == 401


def test_a_search_is_paged(get, say, alice, bob, direct):
    say(direct, alice, *(f"lunch {n}" for n in range(5)))
    for path in ("messages", f"conversations/{direct.pk}/messages"):
        first = get(bob, path, q="lunch", limit=3)[1]
        second = get(bob, path, q="lunch", limit=3, cursor=first["next"])[1]
        bodies = [message["body"] for message in first["results"] + second["results"]]
        assert bodies == [f"lunch {n}" for n in (4, 3, 2, 1, 0)]
        assert second["next"] is None
    part = get(bob, f"conversations/{direct.pk}/messages", q="lunch", before=3, limit=1)[1]
    assert [message["body"] for message in part["results"]] == ["lunch 1"]


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "!"}, {"q": "x" * 201}, {"q": "a", "cursor": "x"}, {"q": "\0"}])
def test_what_is_no_search(get, alice, query):
    status, answer = get(alice, "messages", **query)
    assert (status, answer["code"]) == (400, "invalid")
