"""Notifications as they are read: under the bell, and by their sender."""

from datetime import timedelta

import pytest

from messages_store.errors import NotFound
from messages_store.models import Delivery, Notification, User
from messages_store.notices import Notice
from messages_store.services import inboxes, notifications, notifying, receipts, resuming

from .look import drafts, say
from .test_concurrency import together

pytestmark = pytest.mark.django_db


def tell(*users, title="x", sender=None) -> int:
    """Notify; the id."""
    notice = Notice(title=title, users=tuple(user.pk for user in users))
    return notifying.notify(sender_id=sender and sender.pk, notice=notice).notification.pk


def titles(user, **fields) -> list[str]:
    page = notifications.own(user_id=user.pk, **{"limit": 10} | fields)
    return [delivery.message.data["title"] for delivery in page.results]


@pytest.fixture
def three(bob, alice, direct) -> list[int]:
    """Three notifications of Bob's, with seqs 1, 3 and 4."""
    first = tell(bob, title="one")
    say(*drafts(alice, direct, 1))
    return [first, tell(bob, title="two"), tell(bob, title="three")]


def test_the_newest_comes_first_and_what_people_say_does_not_come(bob, three):
    assert titles(bob) == ["three", "two", "one"]


def test_nobody_sees_another_ones(alice, charlie, three):
    assert titles(alice) == titles(charlie) == []
    assert notifications.unread(user_id=charlie.pk) == 0


def test_pages_follow_each_other(bob, three):
    first = notifications.own(user_id=bob.pk, limit=2)
    assert ([delivery.seq for delivery in first.results], first.next) == ([4, 3], 3)
    last = notifications.own(user_id=bob.pk, limit=2, before=first.next)
    assert ([delivery.seq for delivery in last.results], last.next) == ([1], None)
    assert notifications.own(user_id=bob.pk, limit=3).next is None


def test_devices_that_come_back_together_are_told_how_many_each_has_not_read(alice, bob, charlie, three):
    tell(alice)
    notifications.read(user_id=bob.pk, ids=three[:1])
    found = resuming.standings(user_ids=[alice.pk, bob.pk, charlie.pk])
    assert {id: standing.unread_notifications for id, standing in found.items()} == {
        alice.pk: 1,
        bob.pk: 2,
        charlie.pk: 0,
    }


def test_some_are_read(bob, three):
    read = notifications.read(user_id=bob.pk, ids=[three[1]])
    assert (read.ids, read.up_to, read.unread) == ([three[1]], None, 2)
    assert titles(bob, unread=True) == ["three", "one"]


def test_all_up_to_a_place_are_read(bob, three):
    assert notifications.read(user_id=bob.pk, up_to=3).unread == 1
    assert titles(bob, unread=True) == ["three"]


def test_what_is_read_stays_as_it_was_read(bob, three):
    notifications.read(user_id=bob.pk, up_to=4)
    before = list(Delivery.objects.order_by("pk").values_list("pk", "read_at"))
    assert notifications.read(user_id=bob.pk, ids=three, up_to=4).unread == 0
    assert list(Delivery.objects.order_by("pk").values_list("pk", "read_at")) == before


def test_nobody_reads_for_another(alice, bob, three):
    assert notifications.read(user_id=alice.pk, ids=three, up_to=100).ids == []
    assert notifications.unread(user_id=bob.pk) == 3


def test_messages_are_not_read_this_way(bob, three):
    notifications.read(user_id=bob.pk, up_to=4)
    assert Delivery.objects.get(recipient=bob, seq=2).read_at is None


@pytest.mark.django_db(transaction=True)
def test_reading_and_acknowledging_at_once(bob, three):
    """Both write the same rows, in whatever order they find them."""
    for _ in range(20):
        tell(bob)
    acks = [lambda n=n: receipts.ack(user_id=bob.pk, seq=n) for n in range(4, 24, 4)]
    reads = [lambda n=n: notifications.read(user_id=bob.pk, ids=three, up_to=n) for n in range(24, 4, -4)]
    together(*acks, *reads)
    assert notifications.unread(user_id=bob.pk) == 0


def test_an_inbox_is_locked_before_its_entries_are_written(bob, three, monkeypatch):
    """In the order in which acks lock them, or the two would deadlock."""
    lock, unread_then = inboxes.lock, []

    def watch(user_ids):
        unread_then.append((list(user_ids), notifications.unread(user_id=bob.pk)))
        return lock(user_ids)

    monkeypatch.setattr(inboxes, "lock", watch)
    assert notifications.read(user_id=bob.pk, ids=three).unread == 0
    assert unread_then == [([bob.pk], 3)]


# For the sender


def test_what_became_of_it(alice, bob, charlie):
    id = tell(alice, bob, charlie, sender=alice)
    receipts.ack(user_id=bob.pk, seq=1)
    receipts.ack(user_id=charlie.pk, seq=1)
    notifications.read(user_id=bob.pk, ids=[id])
    assert notifications.counts(notification_id=id) == notifications.Counts(unsent=1, sent=2, read=1)
    page = notifications.recipients(notification_id=id, limit=2)
    assert [(d.recipient_id, d.status, d.read_at is not None) for d in page.results] == [
        (alice.pk, "unsent", False),
        (bob.pk, "sent", True),
    ]
    rest = notifications.recipients(notification_id=id, limit=2, after=page.next)
    assert ([delivery.recipient_id for delivery in rest.results], rest.next) == ([charlie.pk], None)


def test_another_senders_does_not_exist(alice, bob):
    id = tell(alice, sender=alice)
    assert notifications.sent_by(user_id=alice.pk, notification_id=id).pk == id
    for user_id, which in [(bob.pk, id), (alice.pk, id + 1)]:
        with pytest.raises(NotFound):
            notifications.sent_by(user_id=user_id, notification_id=which)
    assert notifications.sent_by(user_id=None, notification_id=id).pk == id


def test_the_bell_costs_the_same_for_any_number(bob, alice, django_assert_num_queries):
    for count in (1, 20):
        for _ in range(count):
            tell(bob, sender=alice)
        with django_assert_num_queries(1):
            titles(bob, limit=50)


def test_a_deleted_user_takes_the_entries_along(alice, bob):
    id = tell(alice, bob, sender=bob)
    User.objects.filter(pk=alice.pk).delete()
    assert notifications.counts(notification_id=id).unsent == 1


# For operators


def test_how_long_the_oldest_waits_for_a_worker(alice, bob, monkeypatch):
    monkeypatch.setattr(notifying, "CHUNK", 1)
    tell(bob)
    assert notifications.oldest_unfinished() == 0
    one, _other = tell(alice, bob), tell(alice, bob)
    sent = Notification.objects.get(pk=one)
    Notification.objects.filter(pk=one).update(created_at=sent.created_at - timedelta(hours=1))
    assert notifications.oldest_unfinished() == pytest.approx(3_600, abs=30)
    while notifying.fan_out(notification_id=one) is not None:
        pass
    assert 0 < notifications.oldest_unfinished() < 30
