"""Which unread messages mention somebody, and which the system said, as the list of conversations tells it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store.changes import Recall
from messages_store.models import Message
from messages_store.services import editing, groups, listing, mentions, receipts

from .look import say

pytestmark = pytest.mark.django_db


def signs(user, conversation) -> mentions.Signs:
    return listing.conversation(user_id=user.pk, conversation_id=conversation.pk).signs


def told(user, conversation) -> list[int]:
    return signs(user, conversation).mentions


@pytest.fixture
def calls(alice, group, draft):
    """calls(bob, dora): Alice says something that mentions them, by the number of the message."""

    def calls(*users, **data):
        accepted = say(draft(alice, group, data={"mentions": [user.pk for user in users]} | data))
        return accepted[0].number

    return calls


def test_each_is_told_of_ones_own_unread_mentions(alice, bob, dora, group, calls, draft):
    first, second = calls(bob), calls(bob, dora)
    say(draft(alice, group), draft(alice, group, data={"colour": "red"}))
    assert told(bob, group) == [first, second]
    assert told(dora, group) == [second]
    assert told(alice, group) == []


def test_what_is_read_is_told_no_more(bob, group, calls):
    first, second = calls(bob), calls(bob)
    receipts.read(user_id=bob.pk, conversation_id=group.pk, number=first)
    assert told(bob, group) == [second]


def test_what_was_recalled_mentions_nobody(alice, bob, group, calls):
    number = calls(bob)
    editing.change([Recall(alice.pk, Message.objects.get(conversation=group, number=number).pk)])
    assert told(bob, group) == []


def test_what_is_no_list_of_ids_mentions_nobody(bob, group, calls):
    for strange in (bob.pk, str(bob.pk), [str(bob.pk)], [[bob.pk]], {"id": bob.pk}, None, [bob.pk + 0.5], True):
        calls(mentions=strange)
    assert told(bob, group) == []
    assert told(bob, group) == [] != [calls(mentions=["x", bob.pk])] == told(bob, group)


def test_of_very_many_the_newest_are_told(bob, group, calls):
    numbers = [calls(bob) for _ in range(mentions.MOST + 3)]
    assert told(bob, group) == numbers[3:]


def test_what_the_system_said_is_told_apart_from_what_people_said(alice, bob, dora, group, calls):
    groups.rename(actor_id=alice.pk, conversation_id=group.pk, title="Dinner")
    first = group.messages.count()
    said = calls(bob)
    groups.remove(actor_id=dora.pk, conversation_id=group.pk, user_id=dora.pk)
    assert signs(bob, group) == mentions.Signs(mentions=[said], system=[first, said + 1])
    assert signs(alice, group).system == [said + 1]  # who said something has read what was before
    receipts.read(user_id=bob.pk, conversation_id=group.pk, number=said)
    assert signs(bob, group) == mentions.Signs(system=[said + 1])


def test_a_group_that_was_changed_150_times_is_told_whole(alice, bob, group):
    for number in range(150):
        groups.rename(actor_id=alice.pk, conversation_id=group.pk, title=f"Lunch {number}")
    assert signs(bob, group).system == list(range(1, 151))


def test_of_very_many_system_lines_the_newest_are_told(alice, bob, group, monkeypatch):
    monkeypatch.setattr(mentions, "MOST_SYSTEM", 3)
    for number in range(5):
        groups.rename(actor_id=alice.pk, conversation_id=group.pk, title=f"Lunch {number}")
    assert signs(bob, group).system == [3, 4, 5]


def test_a_page_costs_one_query_more_and_only_where_something_is_unread(bob, group, calls):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            listing.conversations(user_id=bob.pk, limit=50)
        return len(queries)

    receipts.read(user_id=bob.pk, conversation_id=group.pk, number=calls(bob))
    before = cost()
    calls(bob)
    assert cost() == before + 1


def test_they_are_found_by_their_indexes(alice, bob, group, calls, draft):
    """Not by all that is unread: that may be thousands of messages."""
    groups.rename(actor_id=alice.pk, conversation_id=group.pk, title="Dinner")
    say(*(draft(alice, group, f"something else {n}") for n in range(500)))
    calls(bob)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        assert len(told(bob, group)) == 1
    (statement,) = [query["sql"] for query in queries if "m.number" in query["sql"]]
    wanted = f"""'[{{"conversation_id": {group.pk}, "user_id": {bob.pk}, "after": 0}}]'"""
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        parameters = {"$1": wanted, "$2": str(mentions.MOST), "$3": str(mentions.MOST_SYSTEM)}
        for name, value in parameters.items():
            statement = statement.replace(name, value)
        cursor.execute(explain + statement)
        plan = str(cursor.fetchall())
    assert "message_mentions" in plan
    assert "message_of_the_system" in plan
