"""History by number, inboxes by seq, what is unread, and where the heads are."""

import json
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.utils import timezone

from messages_store.errors import NoSuchConversation
from messages_store.models import Delivery, Inbox, Member, Message
from messages_store.services import reading, receipts

from .look import drafts, everything, say

pytestmark = pytest.mark.django_db


# History


@pytest.fixture
def talk(alice, bob, direct):
    """Ten messages."""
    say(*drafts(alice, direct, 4), *drafts(bob, direct, 3), *drafts(alice, direct, 3))
    return direct


def numbers(user, conversation, **where) -> list[int]:
    found = reading.history(user_id=user.pk, conversation_id=conversation.pk, **where)
    return [message.number for message in found]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, range(1, 11)),
        ({"limit": 3}, [8, 9, 10]),
        ({"before": 8, "limit": 3}, [5, 6, 7]),
        ({"before": 3, "limit": 5}, [1, 2]),
        ({"before": 1}, []),
        ({"before": 99, "limit": 2}, [9, 10]),
        ({"after": 0, "limit": 3}, [1, 2, 3]),
        ({"after": 3, "limit": 3}, [4, 5, 6]),
        ({"after": 8}, [9, 10]),
        ({"after": 10}, []),
        ({"after": 2, "before": 6}, [3, 4, 5]),
        ({"after": 2, "before": 9, "limit": 2}, [3, 4]),
        ({"after": 6, "before": 3}, []),
        ({"after": -5, "limit": 1}, [1]),
        ({"before": 2**53 - 1, "limit": 1}, [10]),
    ],
)
def test_a_page_of_history_ascends_by_number(bob, talk, where, expected):
    assert numbers(bob, talk, **where) == list(expected)


def test_history_is_of_this_conversation_only(alice, bob, group, talk):
    say(*drafts(alice, group, 2))
    assert numbers(bob, group) == [1, 2]
    assert len(numbers(bob, talk)) == 10


def test_a_conversation_without_messages_has_no_history(alice, direct):
    assert numbers(alice, direct) == []


def test_strangers_have_no_history(charlie, talk):
    with pytest.raises(NoSuchConversation):
        numbers(charlie, talk)
    with pytest.raises(NoSuchConversation):
        reading.history(user_id=charlie.pk, conversation_id=2**40)


def test_members_who_left_have_none_either(bob, talk):
    Member.objects.filter(user=bob).update(left_at=timezone.now())
    with pytest.raises(NoSuchConversation):
        numbers(bob, talk)


def test_a_page_costs_two_queries(bob, talk, django_assert_num_queries):
    with django_assert_num_queries(2):
        numbers(bob, talk)


# Inboxes


def page(user, after: int = 0, limit: int = 100) -> list:
    return reading.inbox_page(user_id=user.pk, after=after, limit=limit)


def test_a_page_of_an_inbox_is_in_order_over_conversations(alice, bob, direct, group):
    for _place in range(3):
        say(*drafts(alice, direct, 1), *drafts(bob, group, 1))
    events = page(bob)
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert [json.loads(event.message)["conversation"] for event in events] == [direct.pk, group.pk] * 3


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [(0, 3, [1, 2, 3]), (3, 3, [4, 5, 6]), (8, 9, [9, 10]), (10, 5, []), (2**53 - 1, 5, []), (0, 0, [])],
)
def test_a_page_begins_after_a_seq_and_has_a_limit(bob, talk, after, limit, expected):
    assert [event.seq for event in page(bob, after, limit)] == expected


def test_an_inbox_is_its_owners(alice, charlie, direct):
    say(*drafts(alice, direct, 2))
    assert page(charlie) == []


def test_the_senders_entries_name_the_client_id_and_the_others_do_not(alice, bob, direct):
    (hello,) = drafts(alice, direct, 1)
    say(hello)
    assert [event.client_id for event in page(alice)] == [str(hello.client_id)]
    assert [event.client_id for event in page(bob)] == [None]


def test_a_later_entry_about_ones_own_message_does_not_answer_its_send(alice, direct):
    (said,) = say(*drafts(alice, direct, 1))
    Delivery.objects.create(recipient=alice, seq=2, message_id=said.message, event="edited")
    message, edited = page(alice)
    assert message.client_id == said.client_id
    assert edited.client_id.startswith("edited:")  # see changes.token


def test_a_message_of_the_system_is_an_entry_like_any_other(alice):
    notice = Message.objects.create(kind="notification", body="Lunch", created_at=timezone.now())
    Delivery.objects.create(recipient=alice, seq=1, message=notice)
    (event,) = page(alice)
    shown = json.loads(event.message)
    assert (shown["kind"], shown["sender"], shown["conversation"], event.client_id) == (
        "notification",
        None,
        None,
        None,
    )


def test_a_page_costs_one_query(bob, talk, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(page(bob)) == 10


# Unread


def test_unread_is_counted_over_all_conversations(alice, bob, dora, direct, group):
    say(*drafts(alice, direct, 3), *drafts(dora, group, 2))
    assert {user.username: reading.standing(user_id=user.pk).unread for user in (alice, bob, dora)} == {
        "alice": 2,
        "bob": 5,
        "dora": 0,
    }
    receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=2)
    assert reading.standing(user_id=bob.pk).unread == 3


def test_a_conversation_that_was_left_is_not_unread(alice, bob, direct):
    say(*drafts(alice, direct, 3))
    Member.objects.filter(user=bob).update(left_at=timezone.now())
    assert reading.standing(user_id=bob.pk).unread == 0


def test_nobody_has_nothing_unread(charlie):
    assert reading.standing(user_id=charlie.pk).unread == 0


# Standing


def test_standing_says_where_an_inbox_is(alice, bob, direct):
    say(*drafts(alice, direct, 5), *drafts(bob, direct, 1))
    receipts.ack(user_id=bob.pk, seq=2)
    epoch = Inbox.objects.get(user=bob).epoch
    standing = asdict(reading.standing(user_id=bob.pk))
    assert abs(standing.pop("now") - timezone.now()) < timedelta(minutes=1)
    assert standing == {
        "epoch": epoch, "head": 6, "acked": 2, "floor": 0, "unsent": 3, "unread": 0, "unread_notifications": 0,
    }  # fmt: skip
    assert reading.standing(user_id=alice.pk).unread == 1


def test_whoever_has_no_inbox_gets_one(alice):
    Inbox.objects.all().delete()
    standing = reading.standing(user_id=alice.pk)
    assert (standing.head, standing.acked, standing.unsent) == (0, 0, 0)
    assert standing.epoch == reading.standing(user_id=alice.pk).epoch != ""


def test_reading_changes_nothing(alice, bob, talk):
    before = everything()
    reading.standing(user_id=bob.pk)
    page(bob)
    numbers(bob, talk)
    assert everything() == before


# Heads


def test_heads_are_asked_for_many_at_once(alice, bob, charlie, direct, django_assert_num_queries):
    say(*drafts(alice, direct, 2))
    with django_assert_num_queries(1):
        heads = reading.heads(user_ids=[alice.pk, bob.pk, charlie.pk, 2**40])
    assert {user_id: head for user_id, (_, head) in heads.items()} == {alice.pk: 2, bob.pk: 2, charlie.pk: 0}
    assert heads[bob.pk][0] == Inbox.objects.get(user=bob).epoch


def test_the_heads_of_thousands_are_one_question(alice):
    assert set(reading.heads(user_ids=range(alice.pk, alice.pk + 2_000))) == {alice.pk}


# Members
