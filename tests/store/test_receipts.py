"""Acks and read marks: cumulative, many users' at once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messages_store.models import Delivery, Inbox, Member, Message
from messages_store.services import inboxes, reading, receipts
from messages_store.services.receipts import Mark
from tests.conftest import make_user

from .look import assert_whole, counters, drafts, everything, inbox, say, undone

pytestmark = pytest.mark.django_db


def member(user, conversation) -> Member:
    return Member.objects.get(user=user, conversation=conversation)


# Acks


def test_an_ack_sends_everything_up_to_it(alice, bob, direct):
    say(*drafts(alice, direct, 4))
    assert receipts.ack(user_id=bob.pk, seq=3) == [Mark(direct.pk, bob.pk, sent=3)]
    assert inbox(bob) == [(seq, f"alice {seq - 1}", "sent" if seq <= 3 else "unsent") for seq in range(1, 5)]
    assert counters(bob) == (4, 3)
    assert member(bob, direct).sent_number == 3
    assert_whole()


def test_it_sends_nobody_elses(alice, bob, dora, group):
    say(*drafts(alice, group, 2))
    receipts.ack(user_id=bob.pk, seq=2)
    assert {status for _, _, status in inbox(dora)} == {"unsent"}
    assert counters(dora) == (2, 0)


def test_sent_at_is_when_it_was_first_acknowledged(alice, bob, direct):
    say(*drafts(alice, direct, 2))
    before = timezone.now()
    receipts.ack(user_id=bob.pk, seq=1)
    first = Delivery.objects.get(recipient=bob, seq=1)
    assert abs((first.sent_at - before).total_seconds()) < 60
    receipts.ack(user_id=bob.pk, seq=1)
    receipts.ack(user_id=bob.pk, seq=2)
    assert Delivery.objects.get(recipient=bob, seq=1).sent_at == first.sent_at
    assert Delivery.objects.get(recipient=alice, seq=1).sent_at == first.message.created_at


def test_an_ack_never_moves_backwards(alice, bob, direct):
    say(*drafts(alice, direct, 3))
    receipts.ack(user_id=bob.pk, seq=3)
    before = everything()
    for seq in (2, 0, 3):
        assert receipts.ack(user_id=bob.pk, seq=seq) == []
        assert everything() == before


def test_an_ack_never_moves_beyond_the_head(alice, bob, direct):
    say(*drafts(alice, direct, 2))
    receipts.ack(user_id=bob.pk, seq=2**53 - 1)
    assert counters(bob) == (2, 2)
    say(*drafts(alice, direct, 1))
    assert inbox(bob)[-1] == (3, "alice 0", "unsent")
    assert_whole()


def test_an_ack_passes_over_ones_own_entries_that_were_sent_already(alice, bob, direct):
    say(*drafts(alice, direct, 1), *drafts(bob, direct, 1), *drafts(alice, direct, 1))
    own = Delivery.objects.get(recipient=bob, seq=2).sent_at
    receipts.ack(user_id=bob.pk, seq=3)
    assert counters(bob) == (3, 3)
    assert Delivery.objects.get(recipient=bob, seq=2).sent_at == own


def test_a_mark_names_each_conversation_once_with_the_furthest_number(alice, bob, dora, direct, group):
    say(*drafts(alice, direct, 2), *drafts(dora, group, 3), *drafts(alice, direct, 1))
    marks = receipts.ack(user_id=bob.pk, seq=6)
    assert sorted(marks, key=lambda mark: mark.conversation) == [
        Mark(direct.pk, bob.pk, sent=3),
        Mark(group.pk, bob.pk, sent=3),
    ]


def test_a_mark_never_moves_backwards(alice, bob, direct):
    """An entry about an older message comes after newer ones: an edit, for example."""
    first, *_ = say(*drafts(alice, direct, 3))
    receipts.ack(user_id=bob.pk, seq=3)
    Delivery.objects.create(recipient=bob, seq=4, message_id=first.message, event="edited")
    Inbox.objects.filter(user=bob).update(last_seq=4)
    assert receipts.ack(user_id=bob.pk, seq=4) == []
    assert member(bob, direct).sent_number == 3
    assert counters(bob) == (4, 4)


def test_an_entry_that_belongs_to_no_conversation_is_sent_without_a_mark(alice, bob, direct):
    say(*drafts(alice, direct, 1))
    notice = Message.objects.create(kind="notification", body="Lunch", created_at=timezone.now())
    Delivery.objects.create(recipient=bob, seq=2, message=notice)
    Inbox.objects.filter(user=bob).update(last_seq=2)
    assert receipts.ack(user_id=bob.pk, seq=2) == [Mark(direct.pk, bob.pk, sent=1)]
    assert [status for _, _, status in inbox(bob)] == ["sent", "sent"]


def test_an_inbox_of_notifications_alone_has_no_marks(bob):
    notice = Message.objects.create(kind="notification", body="Lunch", created_at=timezone.now())
    Delivery.objects.create(recipient=bob, seq=1, message=notice)
    Inbox.objects.filter(user=bob).update(last_seq=1)
    assert receipts.ack(user_id=bob.pk, seq=1) == []
    assert counters(bob) == (1, 1)


def test_an_ack_of_a_user_without_an_inbox_does_nothing(alice):
    Inbox.objects.all().delete()
    assert receipts.ack(user_id=alice.pk, seq=5) == []
    assert counters(alice) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_whoever_was_deleted_meanwhile_takes_nobodys_receipts_along(alice, bob, direct):
    say(*drafts(alice, direct, 2))
    nobody = 2**40
    marks = receipts.record(acks={nobody: 1, bob.pk: 2}, reads={(nobody, direct.pk): 1, (bob.pk, direct.pk): 1})
    assert marks == [Mark(direct.pk, bob.pk, sent=2), Mark(direct.pk, bob.pk, read=1)]
    assert counters(bob) == (2, 2)


# Read marks


def test_a_read_mark_moves_and_lowers_what_is_unread(alice, bob, direct):
    say(*drafts(alice, direct, 3))
    mark = receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=2)
    assert mark == [Mark(direct.pk, bob.pk, read=2)]
    assert member(bob, direct).read_number == 2
    assert member(alice, direct).read_number == 3
    assert reading.standing(user_id=bob.pk).unread == 1


def test_a_read_mark_never_moves_backwards(alice, bob, direct):
    say(*drafts(alice, direct, 3))
    receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=2)
    for number in (0, 1, 2):
        assert receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=number) == []
    assert member(bob, direct).read_number == 2


def test_a_read_mark_never_moves_beyond_the_last_message(alice, bob, direct):
    say(*drafts(alice, direct, 3))
    mark = receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=2**53 - 1)
    assert mark == [Mark(direct.pk, bob.pk, read=3)]
    say(*drafts(alice, direct, 1))
    assert reading.standing(user_id=bob.pk).unread == 1


def test_a_read_mark_sends_nothing(alice, bob, direct):
    say(*drafts(alice, direct, 1))
    receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=1)
    assert inbox(bob) == [(1, "alice 0", "unsent")]


def test_a_strangers_read_mark_is_passed_over(alice, bob, charlie, direct):
    say(*drafts(alice, direct, 1))
    before = everything()
    assert receipts.read(user_id=charlie.pk, conversation_id=direct.pk, number=1) == []
    assert receipts.read(user_id=bob.pk, conversation_id=2**40, number=1) == []
    assert everything() == before


def test_the_read_mark_of_one_who_left_is_passed_over(alice, bob, direct):
    say(*drafts(alice, direct, 1))
    Member.objects.filter(user=bob).update(left_at=timezone.now())
    assert receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=1) == []
    assert member(bob, direct).read_number == 0


# Many at once


@pytest.fixture
def crowd(alice, group) -> list:
    people = [make_user(f"person{n}") for n in range(60)]
    Member.objects.bulk_create([Member(conversation=group, user=person) for person in people])
    say(*drafts(alice, group, 5))
    return people


def test_many_users_acks_and_marks_are_stored_at_once(bob, dora, group, crowd):
    acks = {person.pk: place % 6 for place, person in enumerate(crowd)}
    reads = {(person.pk, group.pk): 5 - place % 6 for place, person in enumerate(crowd)}
    marks = receipts.record(acks=acks, reads=reads)
    assert {mark.user: mark.sent for mark in marks if mark.sent} == {id: seq for id, seq in acks.items() if seq}
    assert {mark.user: mark.read for mark in marks if mark.read} == {id: n for (id, _), n in reads.items() if n}
    assert {person.pk: counters(person)[1] for person in crowd} == acks
    assert counters(dora) == counters(bob) == (5, 0)
    assert_whole()


def test_many_cost_as_many_queries_as_one(group, crowd):
    counts = set()
    for some in (crowd[:1], crowd[1:11], crowd[11:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            receipts.record(acks={p.pk: 5 for p in some}, reads={(p.pk, group.pk): 5 for p in some})
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 9


def test_nothing_new_costs_hardly_anything(bob, group, crowd):
    receipts.ack(user_id=bob.pk, seq=5)
    with CaptureQueriesContext(connection) as queries:
        receipts.ack(user_id=bob.pk, seq=5)
    assert len(queries) <= 3  # the lock, between two savepoints


def test_an_inbox_is_made_once(alice):
    epoch = Inbox.objects.get(user=alice).epoch
    inboxes.ensure([alice.pk, alice.pk])
    assert Inbox.objects.get(user=alice).epoch == epoch


# One statement, or one by one


def test_one_statement_sends_what_the_plain_ones_send(alice, bob, dora, direct, group, monkeypatch):
    """PostgreSQL moves everything in one statement, SQLite in four; here both ways take the same acks."""
    say(*drafts(alice, direct, 3), *drafts(bob, group, 2), *drafts(alice, group, 2))
    acks = {alice.pk: 99, bob.pk: 6, dora.pk: 99}

    def marks_and_rows() -> tuple:
        marks = receipts.record(acks=acks, reads={})
        times = Delivery.objects.filter(status="sent", sent_at=None)
        rows = Delivery.objects.order_by("recipient", "seq").values_list("recipient", "seq", "status")
        return set(marks), list(rows), counters(bob), list(Member.objects.order_by("pk").values()), times.count()

    in_one = undone(marks_and_rows)
    monkeypatch.setattr(receipts, "is_postgresql", lambda: False)
    assert undone(marks_and_rows) == in_one
    assert in_one[0] == {
        Mark(group.pk, alice.pk, sent=2),
        Mark(direct.pk, bob.pk, sent=3),
        Mark(group.pk, bob.pk, sent=3),
        Mark(group.pk, dora.pk, sent=4),
    }


# What the other members are told


def told(*marks: Mark) -> dict[int, list[dict]]:
    return {user: [json.loads(frame) for frame in frames] for user, frames in receipts.hints(marks=marks).items()}


def test_the_other_members_are_told(alice, bob, dora, direct, group):
    found = told(Mark(direct.pk, bob.pk, sent=3), Mark(group.pk, dora.pk, read=2), Mark(direct.pk, bob.pk, read=1))
    of_bob = {"type": "marks", "conversation": direct.pk, "user": bob.pk, "sent": 3, "read": 1}
    of_dora = {"type": "marks", "conversation": group.pk, "user": dora.pk, "read": 2}
    assert found == {alice.pk: [of_bob, of_dora], bob.pk: [of_dora]}


def test_who_left_is_told_nothing(alice, bob, dora, group):
    Member.objects.filter(user=dora).update(left_at=timezone.now())
    assert told(Mark(group.pk, bob.pk, read=1)).keys() == {alice.pk}


def test_in_large_conversations_nobody_is(alice, bob, direct, group, settings):
    settings.IM_MARKS_MEMBERS = 2
    assert told(Mark(direct.pk, bob.pk, read=1), Mark(group.pk, bob.pk, read=1)).keys() == {alice.pk}
    settings.IM_MARKS_MEMBERS = 0
    assert told(Mark(direct.pk, bob.pk, read=1)) == {}


def test_what_to_tell_costs_one_query_and_nothing_none(alice, bob, direct, group):
    marks = [Mark(where.pk, bob.pk, read=1) for where in (direct, group)]
    for many, count in ((marks, 1), ([], 0)):
        with CaptureQueriesContext(connection) as queries:
            told(*many)
        assert len(queries) == count
