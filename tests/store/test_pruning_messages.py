"""Old messages and notifications go with their entries; the history begins later."""

from datetime import timedelta
from itertools import pairwise

import pytest

from messages_store.changes import Edit
from messages_store.models import Conversation, Delivery, Message, Notification
from messages_store.notices import Notice
from messages_store.pruning import Sweep
from messages_store.services import conversations, editing, expiring, listing, notifying, reading, receipts, searching
from messages_store.services import pruning as inbox_pruning
from messages_store.services.pruning import Days

from .look import drafts, say
from .moved import later
from .pruned import YEAR, prune, seqs

pytestmark = pytest.mark.django_db


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
