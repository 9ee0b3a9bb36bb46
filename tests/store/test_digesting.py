"""The daily mail: when it comes, to whom, and what is in it."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store.models import Digest, Message, Preferences, User
from messages_store.notifiers import Item
from messages_store.services import digesting, groups, notifications, preferring, receipts, unread
from messages_store.services.conversations import open_direct
from messages_store.services.preferences import change
from tests.conftest import make_user

from .digests import choose, moment, notify_before, outcomes, say_before, send, set_back
from .look import say
from .reminded import Heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Heard:
    return Heard()


# When


def test_it_comes_at_its_hour_and_once_a_day(waiting, heard, clock):
    (mail,) = send(heard)
    assert (mail.kind, mail.user_id, mail.messages, mail.conversations) == ("digest", waiting.pk, 1, 1)
    for later in ("2026-11-20 08:01", "2026-11-20 23:59", "2026-11-21 07:59"):
        clock.set(later)
        assert send(heard) == []
    clock.set("2026-11-21 08:00")
    assert len(send(heard)) == 1
    assert outcomes(waiting) == [("2026-11-20", "sent"), ("2026-11-21", "sent")]


def test_who_has_not_chosen_it_gets_none(clock, heard, alice, bob, direct):
    say_before(clock, alice, direct, hours=30)
    Preferences.objects.create(user=bob)
    for hour in range(24):
        clock.set(f"2026-11-20 {hour:02}:30")
        assert send(heard) == []


def test_who_chooses_it_after_its_hour_gets_the_first_on_the_next_day(clock, heard, alice, bob, direct):
    say_before(clock, alice, direct, hours=30)
    clock.set("2026-11-20 15:00")
    preferring.choose_digest(user_id=bob.pk, on=True)
    assert send(heard) == []
    assert Preferences.objects.get(user=bob).digest_at == moment("2026-11-21 08:00")


def test_a_worker_that_comes_late_writes_the_mail_of_that_day_only(waiting, heard, clock):
    clock.set("2026-11-22 20:00")
    assert len(send(heard)) == 1
    assert outcomes(waiting) == [("2026-11-22", "sent")]
    clock.set("2026-11-24 03:00")  # of the 23rd there is none any more
    assert send(heard) == []


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Asia/Shanghai", ["2026-03-28 00:00", "2026-03-29 00:00", "2026-03-30 00:00"]),
        ("America/New_York", ["2026-03-28 12:00", "2026-03-29 12:00", "2026-03-30 12:00"]),
        ("Europe/Berlin", ["2026-03-28 07:00", "2026-03-29 06:00", "2026-03-30 06:00"]),  # the clocks change
    ],
)
def test_its_hour_is_that_of_the_persons_time_zone(clock, heard, alice, bob, direct, zone, days):
    clock.set("2026-03-27 16:30")
    choose(bob, time_zone=zone)
    say_before(clock, alice, direct, hours=30)
    came = []
    while clock.now < moment("2026-03-30 13:00"):
        came += [clock.now for _ in send(heard)]
        clock.now += timedelta(minutes=30)
    assert came == [moment(day) for day in days]


def test_whoever_moves_to_another_time_zone_gets_one_a_local_day_at_most(waiting, heard, clock):
    assert len(send(heard)) == 1
    Preferences.objects.update(time_zone="America/New_York")
    came = []
    while clock.now < moment("2026-11-22 08:00"):
        clock.now += timedelta(minutes=30)
        came += [clock.now for _ in send(heard)]
    assert came == [moment("2026-11-21 13:00")]


def test_whoever_moves_far_to_the_west_has_had_that_day_already(clock, heard, alice, bob, direct):
    clock.set("2026-11-19 23:45")
    choose(bob, time_zone="Asia/Shanghai")
    say_before(clock, alice, direct, hours=30)
    send(heard)
    clock.set("2026-11-20 00:00")
    assert len(send(heard)) == 1
    Preferences.objects.update(time_zone="America/New_York")
    clock.set("2026-11-21 00:00")  # there it is the 20th, 19:00
    assert send(heard) == []
    assert outcomes(bob) == [("2026-11-20", "sent")]
    clock.set("2026-11-21 13:00")
    assert len(send(heard)) == 1


def test_quiet_hours_put_it_off(waiting, heard, clock):
    choose(waiting, quiet_from=time(22), quiet_until=time(9, 30))
    assert send(heard) == []
    assert outcomes(waiting) == [("2026-11-20", "waiting")]
    clock.set("2026-11-20 09:29")
    assert send(heard) == []
    clock.set("2026-11-20 09:30")
    assert len(send(heard)) == 1


def test_where_the_rest_of_the_day_is_quiet_there_is_none(waiting, heard, clock):
    choose(waiting, quiet_from=time(7), quiet_until=time(1))
    assert send(heard) == []
    assert outcomes(waiting) == [("2026-11-20", "cancelled")]
    assert Digest.objects.get().error == digesting.QUIET


# What


def test_nothing_unread_for_long_no_mail_and_no_row(clock, heard, alice, bob, direct):
    choose(bob)
    send(heard)
    say_before(clock, alice, direct, hours=23)
    clock.set("2026-11-20 08:00")
    assert send(heard) == []
    assert not Digest.objects.exists()
    clock.set("2026-11-21 08:00")
    assert len(send(heard)) == 1


def test_unread_counts_and_not_unsent(waiting, heard):
    """The phone has it, and nobody opened it."""
    receipts.ack(user_id=waiting.pk, seq=1)
    assert len(send(heard)) == 1


def test_what_was_read_is_not_in_it(waiting, heard, clock, direct, alice):
    say_before(clock, alice, direct, 2, hours=26)
    receipts.read(user_id=waiting.pk, conversation_id=direct.pk, number=2)
    (mail,) = send(heard)
    assert (mail.messages, mail.items) == (1, (Item("Alice", messages=1),))


def test_it_lists_conversations_and_notifications_and_no_bodies(waiting, heard, clock, alice, dora, group):
    say_before(clock, alice, group, 3, hours=40)
    notify_before(clock, waiting, "Backup is late", "warning", hours=50)
    notify_before(clock, waiting, "Server down", "urgent", hours=60)
    notify_before(clock, waiting, "Of today", "urgent", hours=2)
    read = notify_before(clock, waiting, "Known", "info", hours=60)
    notifications.read(user_id=waiting.pk, ids=[read])
    (mail,) = send(heard)
    assert mail.items == (
        Item("Lunch", messages=3),
        Item("Alice", messages=1),
        Item("Server down", level="urgent"),
        Item("Backup is late", level="warning"),
    )
    assert (mail.messages, mail.conversations, mail.notifications) == (4, 2, {"urgent": 1, "warning": 1})
    assert mail.oldest == clock.now - timedelta(hours=60)
    assert "secret" not in str(mail)


def test_of_a_muted_conversation_only_mentions_count(clock, heard, alice, bob, group, draft):
    choose(bob)
    send(heard)
    groups.mute(user_id=bob.pk, conversation_id=group.pk, muted=True)
    say_before(clock, alice, group, 2, hours=30)
    clock.set("2026-11-20 08:00")
    assert send(heard) == []
    said = say(draft(alice, group, data={"mentions": [bob.pk]}), draft(alice, group, data={"mentions": [alice.pk]}))
    set_back(clock, *(one.message for one in said), hours=30)
    clock.set("2026-11-21 08:00")
    (mail,) = send(heard)
    assert (mail.messages, mail.items) == (1, (Item("Lunch", messages=1),))


def test_what_was_recalled_and_what_the_system_says_do_not_count(clock, heard, alice, bob, draft, direct):
    choose(bob)
    send(heard)
    _id, _events = groups.create(creator_id=alice.pk, title="Made", user_ids=[bob.pk])
    (said,) = say(draft(alice, direct))
    Message.objects.filter(pk=said.message).update(recalled_at=clock.now, body="", first_digest="0" * 64)
    set_back(clock, *bob.deliveries.values_list("message", flat=True), hours=30)
    clock.set("2026-11-20 08:00")
    assert send(heard) == []


def test_a_conversation_that_one_left_does_not_count(clock, heard, alice, bob, group):
    choose(bob)
    send(heard)
    say_before(clock, alice, group, hours=30)
    groups.remove(actor_id=bob.pk, conversation_id=group.pk, user_id=bob.pk)
    clock.set("2026-11-20 08:00")
    assert send(heard) == []


def test_more_than_ten_are_counted_and_not_named(clock, heard, alice, bob):
    choose(bob)
    send(heard)
    for number in range(12):
        notify_before(clock, bob, f"Notice {number}", "info", hours=30)
    clock.set("2026-11-20 08:00")
    (mail,) = send(heard)
    assert [item.title for item in mail.items] == [f"Notice {number}" for number in range(11, 1, -1)]
    assert mail.notifications == {"info": 12}


def test_so_many_conversations_cost_as_much_as_one(alice, bob, clock):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert unread.gather(user_id=bob.pk, before=clock.now)
        return len(queries)

    costs = set()
    for number in range(5):
        friend = make_user(f"friend{number}")
        say_before(clock, friend, open_direct(user_id=friend.pk, other_id=bob.pk), hours=30)
        costs.add(cost())
    assert costs == {3}


# Who


@pytest.mark.parametrize("fields", [{"is_active": False}, {"kind": "service"}])
def test_who_is_no_person_gets_none(waiting, heard, fields):
    User.objects.filter(pk=waiting.pk).update(**fields)
    assert send(heard) == []
    assert not Digest.objects.exists()


def test_who_has_no_address_gets_none(waiting, heard):
    heard.reached = False
    assert send(heard) == []
    assert not Digest.objects.exists()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo"])
def test_the_same_time_zone_again_is_no_change(waiting, zone):
    change(user=waiting, values={"time_zone": "Europe/Berlin", "digest": True})
    Preferences.objects.update(digest_at=moment("2026-11-20 07:00"))
    change(user=waiting, values={"time_zone": zone, "digest": True})
    assert (Preferences.objects.get().digest_at is None) == (zone != "Europe/Berlin")


def test_choosing_it_again_changes_nothing(waiting):
    before = Preferences.objects.get().digest_at
    preferring.choose_digest(user_id=waiting.pk, on=True)
    assert Preferences.objects.get().digest_at == before is not None
