"""Notifications: who gets them, once each, whoever stops in the middle."""

import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from messages_store import notify, working
from messages_store.errors import Conflict, Invalid, NoSuchConversation, NoSuchUser
from messages_store.models import Delivery, Inbox, Message, Notification, User
from messages_store.notices import Notice
from messages_store.services import conversations, notifying, reading, receipts

from .look import assert_whole, counters, drafts, inbox, say, undone
from .test_concurrency import together

pytestmark = pytest.mark.django_db


def send(*users, key=None, sender=None, **fields) -> notifying.Notified:
    fields.setdefault("title", "Lunch")
    notice = Notice(users=tuple(user.pk if isinstance(user, User) else user for user in users), **fields)
    return notifying.notify(sender_id=sender and sender.pk, notice=notice, key=key)


def recipients(notification) -> list[int]:
    found = Delivery.objects.filter(message=notification.pk).order_by("pk")
    assert all(found.values_list("is_notification", flat=True))
    return list(found.order_by("recipient").values_list("recipient", flat=True))


@pytest.fixture
def in_threes(monkeypatch):
    """Three recipients are many."""
    monkeypatch.setattr(notifying, "CHUNK", 3)


@pytest.fixture
def crowd(db) -> list[User]:
    return User.objects.bulk_create(User(username=f"u{n:02}") for n in range(20))


# Who gets it


def test_users_get_it_by_id_or_name(alice, bob, charlie):
    notification = send(alice, "bob", bob).notification
    assert recipients(notification) == [alice.pk, bob.pk]
    assert (notification.total, notification.done, notification.finished_at is not None) == (2, 2, True)
    assert inbox(charlie) == []


def test_it_is_one_message_without_a_conversation(alice, bob):
    told = {"title": "Lunch", "url": "/menu", "level": "urgent", "data": {"soup": 1}}
    notification = send("alice", "bob", sender=bob, body="It is ready.", **told).notification
    message = Message.objects.get(deliveries__recipient=alice)
    assert message == Message.objects.get(deliveries__recipient=bob) == notification.message
    assert (message.conversation, message.number, message.kind, message.sender) == (None, None, "notification", bob)
    assert (message.body, message.data) == ("It is ready.", told)


def test_it_takes_its_place_in_the_inbox(alice, bob, direct):
    say(*drafts(alice, direct, 2))
    notified = send(bob, body="between")
    say(*drafts(alice, direct, 1))
    assert [body for _seq, body, _status in inbox(bob)] == ["alice 0", "alice 1", "between", "alice 0"]
    (event,) = notified.events[bob.pk]
    assert (event.seq, event.event, event.client_id) == (3, "message", None)
    (stored,) = reading.inbox_page(user_id=bob.pk, after=2, limit=1)
    assert json.loads(stored.frame()) == json.loads(event.frame())


def test_the_sender_has_not_seen_it_yet(alice):
    """Unlike what somebody says on a device, which that device has."""
    send(alice, sender=alice)
    assert inbox(alice) == [(1, "", "unsent")]


def test_members_get_it_that_are_there(alice, bob, dora, charlie, group, direct):
    conversations.require_member(user_id=dora.pk, conversation_id=group.pk)
    group.members.filter(user=dora).update(left_at=group.created_at)
    notice = Notice(title="Lunch", conversations=(group.pk, direct.pk))
    notification = notifying.notify(sender_id=None, notice=notice).notification
    assert recipients(notification) == [alice.pk, bob.pk]
    assert notification.audience == {"conversations": sorted([group.pk, direct.pk]), "users": [alice.pk, bob.pk]}


def test_everyone_is_who_is_active_and_no_service(alice, bob, charlie):
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    User.objects.create(username="shop", kind=User.Kind.SERVICE)
    assert recipients(send(everyone=True).notification) == [alice.pk, bob.pk]


def test_who_has_no_inbox_yet_gets_one(alice):
    Inbox.objects.all().delete()
    send(alice)
    assert counters(alice) == (1, 0)


@pytest.mark.parametrize("names", [["bob", "nobody"], ["bob", 2**40], [2**53 - 1]])
def test_whoever_is_unknown_is_named_and_nobody_gets_it(bob, names):
    with pytest.raises(NoSuchUser, match=r"nobody|1099511627776|9007199254740991"):
        send(*names)
    assert (Notification.objects.count(), Message.objects.count(), inbox(bob)) == (0, 0, [])


def test_a_conversation_that_is_none_is_an_error(alice):
    with pytest.raises(NoSuchConversation):
        notifying.notify(sender_id=None, notice=Notice(title="x", conversations=(2**40,)))


def test_what_cannot_be_told_is_not_stored(alice):
    with pytest.raises(Invalid):
        send(alice, url="javascript:alert(1)")
    assert not Notification.objects.exists()


def test_a_group_that_everybody_left_is_nobody(alice, group):
    group.members.update(left_at=group.created_at)
    notification = notifying.notify(sender_id=None, notice=Notice(title="x", conversations=(group.pk,))).notification
    assert (notification.total, recipients(notification)) == (0, [])
    assert notification.finished_at is not None


# Sent and read are different things; neither concerns conversations


def test_an_ack_makes_it_sent(alice, bob, direct):
    send(bob)
    assert receipts.ack(user_id=bob.pk, seq=1) == []
    assert inbox(bob) == [(1, "", "sent")]
    assert reading.standing(user_id=bob.pk).unread == 0


# Once per key


def test_the_same_key_gives_the_same_notification(alice, bob):
    first = send(alice, "bob", key="k1", sender=bob)
    again = send("bob", alice, key="k1", sender=bob)
    assert again.notification == first.notification
    assert again.events == {}
    assert Message.objects.count() == 1


def test_a_key_is_for_one_notice(alice, bob):
    send(alice, key="k1")
    with pytest.raises(Conflict):
        send(alice, key="k1", title="Dinner")
    with pytest.raises(Conflict):
        send(bob, key="k1")
    assert Message.objects.count() == 1


def test_each_sender_has_its_own_keys_and_the_system_too(alice, bob):
    ids = {send(alice, key="k1", sender=sender, title=str(sender)).notification.pk for sender in (alice, bob, None)}
    assert len(ids) == 3


def test_without_a_key_each_is_another(alice):
    assert send(alice).notification != send(alice).notification


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sender", ["bob", None])
def test_ten_at_once_with_one_key_are_one(alice, bob, sender):
    sender = bob if sender else None
    found = together(*[lambda: send("alice", bob, key="k1", sender=sender)] * 10)
    assert len({notified.notification.pk for notified in found}) == 1
    assert sum(len(notified.events) for notified in found) == 2, "rung by the one who stored it"
    assert (len(inbox(alice)), len(inbox(bob)), Message.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_with_different_notices_one_wins(alice):
    def attempt(title: str):
        try:
            return send(alice, key="k1", title=title).notification.title
        except Conflict:
            return None

    found = together(*[lambda n=n: attempt(str(n)) for n in range(10)])
    (winner,) = filter(None, found)
    assert Notification.objects.get().title == winner


# Many


def steps() -> list[int]:
    """Serve everything that waits; how many each step served."""
    found = []
    while step := working.work():
        found.append(step)
    return found


@pytest.mark.usefixtures("in_threes")
class TestMany:
    def test_many_are_left_to_the_worker(self, crowd):
        notified = send(everyone=True)
        assert (notified.events, notified.notification.total, notified.notification.done) == ({}, 20, 0)
        assert notified.notification.audience == {"everyone": True}
        assert steps() == [3, 3, 3, 3, 3, 3, 2]
        assert recipients(notified.notification) == [user.pk for user in crowd]
        notified.notification.refresh_from_db()
        assert notified.notification.finished_at is not None
        assert notified.notification.done == 20

    def test_a_list_of_many_is_served_in_the_order_of_ids(self, crowd):
        notification = send(*reversed(crowd[:7])).notification
        assert steps() == [3, 3, 1]
        assert recipients(notification) == [user.pk for user in crowd[:7]]

    def test_as_many_as_a_chunk_are_served_at_once(self, crowd):
        assert send(*crowd[:3]).notification.finished_at is not None
        assert send(*crowd[:4]).notification.done == 0

    def test_a_step_serves_everything_that_waits(self, crowd):
        """Nobody waits for all of somebody else's."""
        large, small = send(*crowd).notification, send(*crowd[:4]).notification
        working.work()
        working.work()
        assert (len(recipients(large)), len(recipients(small))) == (6, 4)

    def test_who_comes_and_goes_meanwhile(self, crowd):
        notification = send(everyone=True).notification
        working.work()
        User.objects.filter(pk=crowd[4].pk).update(is_active=False)
        crowd[5].delete()
        late = User.objects.create(username="late")
        steps()
        expected = [user.pk for user in [*crowd[:4], *crowd[6:]]]
        assert (recipients(notification), inbox(late)) == (expected, [])
        notification.refresh_from_db()
        assert (notification.done, notification.total) == (18, 18)

    def test_who_becomes_active_meanwhile_is_one_more(self, crowd):
        User.objects.filter(pk=crowd[-1].pk).update(is_active=False)
        notification = send(everyone=True).notification
        User.objects.filter(pk=crowd[-1].pk).update(is_active=True)
        steps()
        notification.refresh_from_db()
        assert (notification.done, notification.total, len(recipients(notification))) == (20, 20, 20)

    def test_a_step_that_fails_has_done_nothing(self, crowd, monkeypatch):
        notification = send(everyone=True).notification
        working.work()
        with monkeypatch.context() as patch:
            patch.setattr(notifying, "represent", None)  # the last thing in the transaction
            assert steps() == []
        assert len(recipients(notification)) == 3
        assert sum(steps()) == 17
        assert recipients(notification) == [user.pk for user in crowd]

    def test_one_that_fails_holds_up_no_other(self, crowd, monkeypatch, caplog):
        bad, good = send(*crowd[:5]).notification, send(*crowd[:4]).notification
        serve = notifying._serve

        def fail(notification):
            if notification.pk == bad.pk:
                raise ValueError
            return serve(notification)

        monkeypatch.setattr(notifying, "_serve", fail)
        assert steps() == [3, 1]
        assert len(recipients(good)) == 4
        assert "fails" in caplog.text

    def test_the_same_key_finds_it_half_done(self, crowd):
        first = send(everyone=True, key="k").notification
        working.work()
        assert send(everyone=True, key="k").notification == first
        assert sum(steps()) == 17

    @pytest.mark.django_db(transaction=True)
    def test_several_workers_serve_everybody_once(self, crowd):
        found = [send(*crowd, title=str(n)).notification for n in range(4)]

        def work():
            while notifying.unfinished():
                working.work()

        together(work, work, work)
        for notification in found:
            assert recipients(notification) == [user.pk for user in crowd]
        assert {counters(user) for user in crowd} == {(4, 0)}

    @pytest.mark.django_db(transaction=True)
    def test_it_goes_on_among_people_who_talk(self, crowd):
        groups = [
            conversations.create_group(creator=crowd[n], title=str(n), members=crowd[n + 1 : n + 8]) for n in range(6)
        ]
        notification = send(everyone=True).notification

        def talk(group, speaker):
            for _ in range(5):
                say(*drafts(speaker, group, 3))

        together(steps, *[lambda n=n: talk(groups[n], crowd[n]) for n in range(6)])
        steps()
        assert recipients(notification) == [user.pk for user in crowd]
        assert [group.messages.count() for group in groups] == [15] * 6
        assert_whole()


def test_a_step_costs_the_same_for_any_number(crowd):
    def cost(*users) -> int:
        notification = notifying.store(sender_id=None, notice=Notice(title="x", users=tuple(u.pk for u in users)))
        with CaptureQueriesContext(connection) as queries:
            notifying.fan_out(notification_id=notification.pk)
        return len(queries)

    notifying.notify(sender_id=None, notice=Notice(title="x", everyone=True))  # inboxes for all
    assert cost(*crowd[:2]) == cost(*crowd) <= 8


# From Python


@pytest.mark.django_db(transaction=True)
class TestFromPython:
    def test_it_is_delivered_after_the_callers_commit(self, alice, bob):
        with transaction.atomic():
            notification = notify([alice, "bob", bob.pk], title="Lunch")
            assert inbox(alice) == []
        assert (len(inbox(alice)), len(inbox(bob))) == (1, 1)
        assert recipients(notification) == [alice.pk, bob.pk]

    def test_it_is_rolled_back_with_its_caller(self, alice):
        undone(lambda: notify([alice], title="Lunch"))
        assert (inbox(alice), Notification.objects.count(), Message.objects.count()) == ([], 0, 0)

    def test_without_a_transaction_it_is_delivered_at_once(self, alice):
        notify([alice], title="Lunch", body="Soup", url="/menu", level="success", data={"a": 1}, sender=alice)
        assert inbox(alice) == [(1, "Soup", "unsent")]

    def test_a_caller_that_waits_keeps_nobody_waiting(self, alice, bob, direct):
        """No inbox is locked until the caller commits. (SQLite has one writer, so this is PostgreSQL's.)"""
        if connection.vendor == "sqlite":
            return

        with transaction.atomic():
            notify([bob, alice], title="Lunch")
            notify([alice, bob], title="Dinner")
            together(lambda: say(*drafts(alice, direct, 1)))
        assert [body for _seq, body, _ in inbox(bob)] == ["alice 0", "", ""]

    def test_a_process_that_dies_after_its_commit_has_lost_nothing(self, alice, monkeypatch):
        """What it leaves undone, the worker does."""
        monkeypatch.setattr(working, "serve", lambda notification_id: 0)
        notify([alice], title="Lunch")
        assert inbox(alice) == []
        monkeypatch.undo()
        assert steps() == [1]
        assert len(inbox(alice)) == 1

    def test_many_are_left_to_the_worker(self, crowd, in_threes):
        notify(everyone=True, title="Lunch")
        assert sum(steps()) == 20

    def test_the_same_key_within_one_transaction_is_one(self, alice):
        with transaction.atomic():
            first = notify([alice], title="Lunch", key="k")
            assert notify([alice], title="Lunch", key="k") == first
        assert len(inbox(alice)) == 1

    def test_members_of_conversations(self, alice, bob, direct):
        notify(conversations=[direct.pk], title="Lunch")
        assert (len(inbox(alice)), len(inbox(bob))) == (1, 1)

    def test_what_is_wrong_is_said_before_anything_is_written(self, alice):
        with transaction.atomic(), pytest.raises(Invalid):
            notify([alice], title="")
        assert not Message.objects.exists()
