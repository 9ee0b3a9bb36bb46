"""What is kept no longer goes in chunks; the floor rises with it, and nothing else changes."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from messages_store import pruning
from messages_store.changes import Edit, Recall
from messages_store.drafts import Draft
from messages_store.models import (
    Chore,
    Conversation,
    Delivery,
    Digest,
    Inbox,
    Message,
    Notification,
    Pruning,
    Reminder,
    Spell,
)
from messages_store.notices import Notice
from messages_store.notifiers.log import LogNotifier
from messages_store.pruning import Pruner, Sweep
from messages_store.services import (
    conversations,
    editing,
    ended,
    expiring,
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
    workers,
)
from messages_store.services import pruning as inbox_pruning
from messages_store.services.pruning import Days
from messages_store.shift import Shift
from tests.conftest import make_user

from .at_once import patient, together  # noqa: F401 (a fixture for those at once)
from .look import assert_seqs_whole, drafts, say
from .moved import later

pytestmark = pytest.mark.django_db

MONTH = Days(inbox=30)
YEAR = Days(message=365)


def prune(days: Days) -> dict[str, int]:
    """Prune everything; what went, by kind."""
    sweep = Sweep(days)
    while sweep.step():
        pass
    assert_seqs_whole()
    return {str(stage.what): stage.done for stage in sweep.stages}


def seqs(user) -> list[int]:
    return list(Delivery.objects.filter(recipient=user).order_by("seq").values_list("seq", flat=True))


def box(user) -> tuple[int, int, int]:
    """floor, acked, last"""
    return Inbox.objects.values_list("floor_seq", "acked_seq", "last_seq").get(user=user)


@pytest.fixture
def old(alice, bob, direct):
    """Five messages of Alice's, 31 days old; Bob acknowledged three of them then."""
    said = say(*drafts(alice, direct, 5))
    receipts.ack(user_id=bob.pk, seq=3)
    later(days=31)
    return said


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


# Messages


@pytest.fixture
def ancient(alice, bob, direct, draft):
    """Three messages a year and more old, of which Bob acknowledged and read one; then two new ones."""
    said = say(*drafts(alice, direct, 3))
    receipts.ack(user_id=bob.pk, seq=1)
    receipts.read(user_id=bob.pk, conversation_id=direct.pk, number=1)
    later(days=366)
    return said + say(draft(bob, direct, "new", reply_to=said[0].message), draft(alice, direct, "newer"))


def test_old_messages_go_with_their_entries_and_the_history_begins_later(alice, bob, direct, ancient):
    assert prune(YEAR) == {"entries": 6, "messages": 3, "notifications": 0}
    history = reading.history(user_id=bob.pk, conversation_id=direct.pk)
    assert [(message.number, message.body, message.reply_to) for message in history] == [
        (4, "new", None),
        (5, "newer", None),
    ]
    assert (seqs(alice), seqs(bob)) == ([4, 5], [4, 5])
    assert Conversation.objects.values_list("floor_number", "last_number").get() == (3, 5)
    [said] = say(*drafts(alice, direct, 1))
    assert said.number == 6
    assert not Delivery.objects.filter(message__isnull=True).exists()


def test_what_is_gone_is_not_unread_and_the_last_message_stays(alice, bob, direct, ancient):
    prune(YEAR)
    summary = listing.conversation(user_id=bob.pk, conversation_id=direct.pk)
    assert (summary.unread, summary.last_message.body) == (1, "newer")  # he wrote number 4
    assert reading.standing(user_id=bob.pk).unread == 1
    later(days=366)
    prune(YEAR)
    for user in (alice, bob):
        summary = listing.conversation(user_id=user.pk, conversation_id=direct.pk)
        assert (summary.unread, summary.last_message) == (0, None)
        assert reading.standing(user_id=user.pk).unread == 0
        assert listing.conversations(user_id=user.pk, limit=9, unread=True).results == []
        assert len(listing.conversations(user_id=user.pk, limit=9, unread=False).results) == 1


def test_who_never_read_has_nothing_unread_but_what_is_left(alice, charlie, draft):
    room = conversations.open_direct(user_id=alice.pk, other_id=charlie.pk)
    say(*drafts(alice, room, 3))
    later(days=366)
    say(draft(alice, room))
    assert reading.standing(user_id=charlie.pk).unread == 4
    prune(YEAR)
    assert reading.standing(user_id=charlie.pk).unread == 1
    assert listing.conversation(user_id=charlie.pk, conversation_id=room.pk).unread == 1


def test_what_is_gone_is_not_found_any_more(alice, bob, ancient):
    assert len(searching.search(user_id=bob.pk, text="alice", limit=9).results) == 3
    prune(YEAR)
    assert searching.search(user_id=bob.pk, text="alice", limit=9).results == []
    assert len(searching.search(user_id=bob.pk, text="newer", limit=9).results) == 1


def test_a_message_that_was_changed_since_stays_and_so_does_what_follows(alice, direct, old, settings):
    settings.IM_EDIT_SECONDS = 315_360_000
    editing.change([Edit(alice.pk, old[1].message, "new")])
    assert prune(Days(message=30))["messages"] == 1
    assert list(Message.objects.order_by("number").values_list("number", flat=True)) == [2, 3, 4, 5]
    later(days=31)
    assert prune(Days(message=30))["messages"] == 4


def test_a_message_that_some_inbox_still_has_stays(alice, bob, direct, old):
    Delivery.objects.filter(recipient=bob, seq=1).update(
        stored_at=Message.objects.get(number=1).created_at + timedelta(30)
    )
    prune(Days(message=30))
    assert seqs(bob) == [1, 2, 3, 4, 5]
    assert Message.objects.count() == 5


def test_in_chunks_too(direct, old, settings, alice):
    settings.IM_PRUNE_CHUNK = 2
    sweep, left = Sweep(Days(message=30)), [5]
    while sweep.step():
        left.append(Message.objects.count())
        floor, last = Conversation.objects.values_list("floor_number", "last_number").get()
        assert left[-1] == last - floor
    assert [before - after for before, after in pairwise(left) if before != after] == [2, 2, 1]


def test_of_a_notification_that_somebody_still_has_to_get_nothing_goes(alice, bob):
    notifying.notify(sender_id=None, notice=Notice(title="Lunch", users=(alice.pk, bob.pk)))
    Notification.objects.update(finished_at=None)
    later(days=366)
    assert prune(YEAR)["notifications"] == 0
    assert Delivery.objects.count() == 2


def test_a_notification_of_many_goes_in_chunks(alice, bob, charlie, settings):
    settings.IM_PRUNE_CHUNK = 2
    notifying.notify(sender_id=None, notice=Notice(title="Lunch", users=(alice.pk, bob.pk, charlie.pk)))
    later(days=366)
    cutoffs = inbox_pruning.Cutoffs.of(YEAR)
    while found := inbox_pruning.find(cutoffs=cutoffs, after=0).ids:
        inbox_pruning.prune(user_ids=found, cutoffs=cutoffs, limit=9)
    ids = expiring.find_notifications(cutoffs=cutoffs, after=0).ids
    assert expiring.prune_notifications(notification_ids=ids, cutoffs=cutoffs, limit=2) == (0, ids)
    assert Delivery.objects.count() == 1
    assert expiring.prune_notifications(notification_ids=ids, cutoffs=cutoffs, limit=2) == (1, [])
    assert not Notification.objects.exists()
    assert not Message.objects.exists()
    assert expiring.prune_notifications(notification_ids=ids, cutoffs=cutoffs, limit=2) == (0, [])


# By the worker and the command


def test_a_worker_prunes_every_so_often(bob, old, settings):
    settings.IM_INBOX_DAYS = 30
    shift = Shift()
    while shift.step():
        pass
    assert box(bob)[0] == 3
    receipts.ack(user_id=bob.pk, seq=5)
    later(days=31)
    Chore.objects.filter(name=pruning.CHORE).update(next_at=workers.now() + timedelta(hours=1))
    assert Pruner().step() == 0
    assert box(bob)[0] == 3
    later(hours=2)
    pruner = Pruner()
    while pruner.step():
        pass
    assert box(bob)[0] == 5
    assert pruner.step() == 0


def test_a_bug_is_met_again_in_the_next_run_only(bob, old, settings, monkeypatch):
    settings.IM_INBOX_DAYS = 30
    pruner = Pruner()
    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "step", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pruner.step()
    assert pruner.step() == 0
    later(days=1)
    pruner = Pruner()
    while pruner.step():
        pass
    assert box(bob)[0] == 3


def test_the_command_tells_what_went(bob, old, capsys, settings):
    call_command("prune", "--inbox-days=30")
    assert capsys.readouterr().out.startswith("Done: 8 inbox entries in ")
    settings.IM_UNSENT_DAYS = 31
    call_command("prune")
    assert capsys.readouterr().out.startswith("Done: 2 inbox entries in ")
    call_command("prune", "--message-days=31")
    assert capsys.readouterr().out.startswith("Done: 0 inbox entries, 5 messages, 0 notifications in ")
    with pytest.raises(CommandError, match="number of days"):
        call_command("prune", "--inbox-days=-1")


def test_how_far_it_is_stands_in_the_admin(bob, old, client, admin_client, settings):
    settings.IM_PRUNE_CHUNK = 1
    sweep = Sweep(MONTH)
    for _ in range(3):
        sweep.step()
    row = Pruning.objects.get()
    assert (row.what, row.ended_at, row.done, row.total) == ("entries", None, 2, 2)
    page = admin_client.get("/admin/messages_store/pruning/").content.decode()
    assert "inbox entries" in page
    while sweep.step():
        pass
    row.refresh_from_db()
    assert (row.ended_at is None, row.done, row.total) == (False, 8, 8)
    prune(MONTH)
    row.refresh_from_db()
    assert (row.done, row.total) == (0, 8)
    assert workers.standing().pruned == {"entries": 8}


def test_a_run_that_finds_another_one_says_so_and_leaves_its_row_to_it(bob, old, settings, capsys):
    settings.IM_PRUNE_CHUNK = 1
    first = Sweep(MONTH)
    for _ in range(3):
        first.step()
    call_command("prune", "--inbox-days=30")
    told = capsys.readouterr().out
    assert told.startswith("Done: 6 inbox entries in ")
    assert "Another run was at it too: the admin shows how far that one is with inbox entries." in told
    row = Pruning.objects.get()
    assert (row.ended_at, row.done, row.total) == (None, 2, 8)
    while first.step():
        pass
    row.refresh_from_db()
    assert (row.ended_at is None, row.done, row.total) == (False, 2, 8)
    call_command("prune", "--inbox-days=30")
    assert "Another run" not in capsys.readouterr().out


def test_a_run_that_was_killed_keeps_its_row_for_a_minute(bob, old, settings):
    settings.IM_PRUNE_CHUNK = 1
    killed = Sweep(MONTH)
    for _ in range(3):
        killed.step()
    for by, beside in ((59, ["inbox entries"]), (2, [])):
        later(seconds=by)
        sweep = Sweep(MONTH)
        sweep.step()
        assert [str(label) for label in sweep.beside] == beside


# Reminders and digests

MONTH_OF_REMINDERS = Days(reminder=30)


@pytest.fixture
def reminders(bob):
    """Bob's: the first of a spell that is over, one of his last spell, one that waits, and one of today."""
    now = timezone.now()
    Spell.objects.create(user=bob, first_seq=7, up_to_seq=9)
    rows = [(1, now - timedelta(days=40)), (7, now - timedelta(days=40)), (3, None), (4, now)]
    for spell, ended_at in rows:
        made = Reminder.objects.create(
            user=bob, notifier="log", spell=spell, due_at=now, next_at=now, from_seq=spell, up_to_seq=9,
            outcome="sent" if ended_at else "waiting", ended_at=ended_at,
        )  # fmt: skip
        Reminder.objects.filter(pk=made.pk).update(created_at=ended_at or now - timedelta(days=40))
    return rows


def spells_of(user) -> list[int]:
    return list(Reminder.objects.filter(user=user).order_by("pk").values_list("spell", flat=True))


def test_reminders_go_so_long_after_they_ended(bob, reminders):
    """Those of the last spell stay: they say how often it reminded."""
    assert prune(MONTH_OF_REMINDERS) == {"reminders": 1, "digests": 0}
    assert spells_of(bob) == [7, 3, 4]
    Spell.objects.all().delete()
    assert prune(MONTH_OF_REMINDERS)["reminders"] == 1
    assert spells_of(bob) == [3, 4]


def test_reminders_stay_unless_they_are_asked_for(bob, old, reminders):
    assert prune(MONTH) == {"entries": 8}
    assert spells_of(bob) == [1, 7, 3, 4]


def test_reminders_are_looked_through_and_deleted_in_chunks(bob, reminders, settings, monkeypatch):
    monkeypatch.setattr(ended, "SCAN", 2)
    settings.IM_PRUNE_CHUNK = 1
    Spell.objects.all().delete()
    now = timezone.now()
    Reminder.objects.bulk_create(
        Reminder(
            user=bob, notifier="log", spell=20 + number, due_at=now, next_at=now, from_seq=1, up_to_seq=1,
            outcome="sent", ended_at=now,
        )
        for number in range(4)
    )  # fmt: skip
    later(days=31)
    sweep, left = Sweep(MONTH_OF_REMINDERS), [8]
    while sweep.step():
        left.append(Reminder.objects.count())
    assert {before - after for before, after in pairwise(left)} == {0, 1}
    assert spells_of(bob) == [3]


def test_what_somebody_revives_between_the_look_and_the_deletion_stays(bob, reminders):
    sweep = Sweep(MONTH_OF_REMINDERS)
    sweep.step()
    Reminder.objects.filter(spell=1).update(outcome="waiting", ended_at=None)
    while sweep.step():
        pass
    assert spells_of(bob) == [1, 7, 3, 4]


def test_digests_go_with_them(bob):
    now = timezone.now()
    for number, outcome in enumerate(["sent", "failed", "waiting"]):
        Digest.objects.create(
            user=bob, day=now.date() - timedelta(days=number), due_at=now, next_at=now, until_at=now, outcome=outcome,
            ended_at=None if outcome == "waiting" else now,
        )  # fmt: skip
    later(days=29)
    assert prune(MONTH_OF_REMINDERS)["digests"] == 0
    later(days=2)
    assert prune(MONTH_OF_REMINDERS)["digests"] == 2
    assert Digest.objects.get().outcome == "waiting"


# At once


@pytest.mark.django_db(transaction=True)
def test_two_at_once_delete_each_entry_once(alice, bob, settings):
    settings.IM_PRUNE_CHUNK = 3
    people = [make_user(f"person{n}") for n in range(8)]
    room = conversations.create_group(creator=alice, title="many", members=people)
    for _ in range(4):
        say(*drafts(alice, room, 5))
    receipts.record(acks={person.pk: 20 for person in people}, reads={})
    later(days=366)
    found = together(*(lambda: prune_alone(Days(inbox=30, message=365)) for _ in range(3)))
    assert sum(one["entries"] for one in found) == 9 * 20
    assert sum(one["messages"] for one in found) == 20
    assert Delivery.objects.count() == Message.objects.count() == 0
    assert_seqs_whole()


def prune_alone(days: Days) -> dict[str, int]:
    sweep = Sweep(days)
    while sweep.step():
        pass
    return {str(stage.what): stage.done for stage in sweep.stages}
