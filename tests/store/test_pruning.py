"""What is kept no longer goes from the inboxes, in chunks; the floor rises with it, and nothing else changes."""

from itertools import pairwise
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from messages_store.changes import Edit, Recall
from messages_store.drafts import Draft
from messages_store.models import Delivery, Inbox, Message, Reminder
from messages_store.notices import Notice
from messages_store.notifiers.log import LogNotifier
from messages_store.pruning import Pruner, Sweep
from messages_store.services import (
    editing,
    groups,
    handling,
    listing,
    notifications,
    notifying,
    reading,
    receipts,
    reminding,
    searching,
    sending,
    spells,
    tracing,
)
from messages_store.services import pruning as inbox_pruning
from messages_store.services.pruning import Days
from tests.conftest import make_user

from .look import assert_seqs_whole, drafts, say
from .moved import later
from .pruned import MONTH, YEAR, box, prune, seqs

pytestmark = pytest.mark.django_db


# Inboxes


def test_what_was_acknowledged_long_ago_goes_and_the_floor_rises(alice, bob, old):
    assert prune(MONTH) == {"entries": 8}
    assert (seqs(bob), box(bob)) == ([4, 5], (3, 3, 5))
    assert (seqs(alice), box(alice)) == ([], (5, 5, 5))  # her own were born sent


def test_what_was_acknowledged_since_stays_though_it_is_old(bob, old):
    receipts.ack(user_id=bob.pk, seq=5)
    prune(MONTH)
    assert (seqs(bob), box(bob)) == ([4, 5], (3, 5, 5))
    later(days=29)
    prune(MONTH)
    assert seqs(bob) == [4, 5]
    later(days=2)
    prune(MONTH)
    assert (seqs(bob), box(bob)) == ([], (5, 5, 5))


def test_what_nobody_acknowledged_stays_and_so_does_what_is_behind_it(bob, direct, old):
    say(*drafts(bob, direct, 2))  # his own, sent at once, but behind two that wait
    later(days=400)
    prune(MONTH)
    assert (seqs(bob), box(bob)) == ([4, 5, 6, 7], (3, 3, 7))


def test_nothing_goes_unless_it_is_asked_for(bob, old, settings):
    assert Days.of_settings() == Days()
    assert not Days.of_settings()
    later(days=10_000)
    assert Pruner().step() == 0
    assert len(seqs(bob)) == 5
    with pytest.raises(CommandError, match="kept for ever"):
        call_command("prune")


def test_new_messages_follow_the_floor(alice, bob, direct, old):
    prune(MONTH)
    say(*drafts(alice, direct, 1))
    assert (seqs(alice), seqs(bob)) == ([6], [4, 5, 6])
    assert [event.seq for event in reading.inbox_page(user_id=alice.pk, after=5, limit=10)] == [6]
    assert_seqs_whole()


def test_what_comes_next_was_pruned(alice, bob, old):
    prune(MONTH)
    assert reading.inbox_page(user_id=bob.pk, after=2, limit=10) is None
    assert reading.inbox_page(user_id=alice.pk, after=4, limit=10) is None  # though nothing is left
    assert reading.inbox_page(user_id=alice.pk, after=5, limit=10) == []
    assert reading.inbox_page(user_id=alice.pk, after=2**63 - 1, limit=10) == []
    assert [event.seq for event in reading.inbox_page(user_id=bob.pk, after=3, limit=1)] == [4]


def test_history_unread_search_and_marks_know_nothing_of_it(alice, bob, direct, old):
    before = whole_state(alice, bob, direct)
    prune(MONTH)
    assert whole_state(alice, bob, direct) == before


def whole_state(alice, bob, direct):
    return [
        reading.history(user_id=bob.pk, conversation_id=direct.pk),
        [listing.conversation(user_id=user.pk, conversation_id=direct.pk) for user in (alice, bob)],
        [reading.standing(user_id=user.pk).unread for user in (alice, bob)],
        [reading.standing(user_id=user.pk).unsent for user in (alice, bob)],
        searching.search(user_id=bob.pk, text="alice", limit=10).results,
    ]


def test_notifications_stay_in_their_list_until_messages_go(bob, alice, direct):
    notifying.notify(sender_id=None, notice=Notice(title="Lunch", users=(bob.pk,)))
    say(*drafts(alice, direct, 2))
    receipts.ack(user_id=bob.pk, seq=3)
    later(days=31)
    prune(MONTH)
    assert box(bob) == (3, 3, 3)
    assert [one.seq for one in notifications.own(user_id=bob.pk, limit=9).results] == [1]
    assert reading.standing(user_id=bob.pk).unread_notifications == 1
    assert reading.inbox_page(user_id=bob.pk, after=0, limit=9) is None
    assert notifications.read(user_id=bob.pk, up_to=1).unread == 0
    later(days=365)
    assert prune(YEAR) == {"entries": 0, "messages": 2, "notifications": 1}
    assert notifications.own(user_id=bob.pk, limit=9).results == []
    assert not Message.objects.exists()


# Chunks


def test_one_transaction_deletes_no_more_than_a_chunk(alice, bob, old, settings):
    settings.IM_PRUNE_CHUNK = 2
    sweep, left = Sweep(MONTH), [10]
    while sweep.step():
        left.append(Delivery.objects.count())
    assert [before - after for before, after in pairwise(left) if before != after] == [2, 2, 2, 1]


def test_who_was_killed_is_followed_by_the_next_run(alice, bob, old, settings):
    settings.IM_PRUNE_CHUNK = 1
    killed = Sweep(MONTH)
    for _ in range(4):
        assert killed.step()
    assert 0 < sum(box(user)[0] for user in (alice, bob)) < 8
    assert_seqs_whole()
    assert killed.stages[0].done + prune(MONTH)["entries"] == 8


def test_a_look_goes_through_so_many_inboxes_and_all_are_found(bob, old, monkeypatch):
    people = [make_user(f"person{n}") for n in range(5)]
    say(*(Draft(sender=person.pk, to=bob.pk, client_id=uuid4(), body="hi") for person in people))
    later(days=31)
    monkeypatch.setattr(inbox_pruning, "SCAN", 2)
    assert prune(MONTH)["entries"] == 8 + 5


def test_many_small_inboxes_share_a_transaction(alice, django_assert_max_num_queries):
    people = [make_user(f"person{n}") for n in range(10)]
    say(*(Draft(sender=alice.pk, to=person.pk, client_id=uuid4(), body="hi") for person in people))
    receipts.record(acks={person.pk: 1 for person in people}, reads={})
    later(days=31)
    cutoffs = inbox_pruning.Cutoffs.of(MONTH)
    found = inbox_pruning.find(cutoffs=cutoffs, after=0).ids
    assert len(found) == 11
    with django_assert_max_num_queries(8):
        assert inbox_pruning.prune(user_ids=found, cutoffs=cutoffs, limit=1_000).done == 20


# What is asked for again


def test_a_send_that_is_repeated_gets_its_answer_with_the_floor(alice, direct, draft):
    first = draft(alice, direct)
    [said] = sending.send([first]).outcomes
    say(*drafts(alice, direct, 2))
    later(days=31)
    prune(MONTH)
    [again] = sending.send([first]).outcomes
    assert (again.message, again.number, again.client_id) == (said.message, said.number, said.client_id)
    assert again.seq == 3
    assert Message.objects.count() == 3


@pytest.mark.parametrize("change", [lambda id, user: Edit(user, id, "again"), lambda id, user: Recall(user, id)])
def test_a_change_that_is_repeated_gets_its_answer_with_the_floor(alice, direct, change):
    [said] = say(*drafts(alice, direct, 1))
    change = change(said.message, alice.pk)
    [before] = editing.change([change]).outcomes
    later(days=31)
    prune(MONTH)
    [again] = editing.change([change]).outcomes
    assert (again.message, again.edited_at is None, again.seq) == (before.message, before.edited_at is None, 2)


def test_a_message_whose_own_entry_is_gone_can_be_edited(alice, bob, direct, old, settings):
    settings.IM_EDIT_SECONDS = 315_360_000
    prune(MONTH)
    [changed] = editing.change([Edit(alice.pk, old[0].message, "new")]).outcomes
    assert changed.seq == 6
    assert (seqs(alice), seqs(bob)) == ([6], [4, 5, 6])


def test_it_can_be_answered_and_handled(alice, bob, direct, draft, old):
    prune(MONTH)
    assert say(draft(bob, direct, "yes", reply_to=old[0].message))
    assert handling.mark_handled(message_ids=[old[0].message, 0], by=alice) == 1  # and one that is gone


# The trace


def test_the_trace_says_how_many_had_it_of_whom_nothing_is_known_any_more(alice, bob, dora, group):
    [said] = say(*drafts(alice, group, 1))
    receipts.ack(user_id=bob.pk, seq=1)
    later(days=31)
    assert tracing.trace(user=alice, message_id=said.message).pruned == 0
    prune(MONTH)
    trace = tracing.trace(user=alice, message_id=said.message)
    assert ([step.recipient for step in trace.steps], trace.pruned) == ([dora], 1)
    receipts.ack(user_id=dora.pk, seq=1)
    later(days=31)
    prune(MONTH)
    trace = tracing.trace(user=alice, message_id=said.message)
    assert (trace.steps, trace.pruned) == ([], 2)


def test_who_came_later_never_had_it(alice, bob, charlie, group):
    [said] = say(*drafts(alice, group, 1))
    receipts.ack(user_id=bob.pk, seq=1)
    later(days=31)
    groups.add(actor_id=alice.pk, conversation_id=group.pk, user_ids=[charlie.pk])
    Inbox.objects.filter(user=charlie).update(floor_seq=1, acked_seq=1)
    Delivery.objects.filter(recipient=charlie).delete()
    prune(MONTH)
    assert tracing.trace(user=alice, message_id=said.message).pruned == 1


# What nobody acknowledged, where that is asked for


def test_unsent_entries_go_where_asked_for_and_count_as_acknowledged(alice, bob, direct, old):
    later(days=170)
    say(*drafts(alice, direct, 1))
    assert prune(Days(unsent=180)) == {"entries": 10}
    assert (seqs(bob), box(bob)) == ([6], (5, 5, 6))
    assert reading.standing(user_id=bob.pk).unsent == 1
    assert reading.standing(user_id=bob.pk).unread == 6  # history has them
    assert Delivery.objects.get(recipient=bob).status == "unsent"


def test_a_reminder_of_what_was_pruned_is_cancelled(bob, old):
    log = LogNotifier()
    spells.look(notifiers={"log": log})
    assert Reminder.objects.get().outcome == "waiting"
    prune(Days(unsent=30))
    assert reminding.remind_one(notifier=log) == "cancelled"
    assert Reminder.objects.get().error == "It is kept no longer."  # no device had it


def test_a_look_says_of_a_reminder_of_what_was_pruned_that_it_is_gone(alice, bob, direct, old):
    log = LogNotifier()
    spells.look(notifiers={"log": log})
    prune(Days(unsent=30))
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert spells.look(notifiers={"log": log}).cancelled == {"log": 1}
    first, second = Reminder.objects.order_by("pk")
    assert (first.outcome, first.error) == ("cancelled", "It is kept no longer.")
    assert second.outcome == "waiting"
