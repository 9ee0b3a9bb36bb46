"""Reminders: one per person and quiet spell, again after growing intervals, and none after the ack."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from messages_store import notifiers
from messages_store.models import Member, Message, NotifierChoice, Preferences, Reminder, Spell, User
from messages_store.notices import Notice
from messages_store.notifiers import Notifier, NotifyError
from messages_store.services import notifying, receipts, reminding, spells, unsubscribing

from .look import drafts, say
from .moved import later

pytestmark = pytest.mark.django_db


class Heard(Notifier):
    """Remembers whom it told; `fails` is raised instead."""

    name = "heard"

    def __init__(self):
        self.told, self.fails, self.reached = [], None, True

    def reaches(self, user):
        return self.reached

    def notify(self, outgoing):
        if self.fails:
            raise self.fails
        self.told.append(outgoing)


class HeardHere(Heard):
    within_transaction = True


@pytest.fixture(params=[Heard, HeardHere])
def heard(request) -> Heard:
    return request.param()


def look(*known: Notifier) -> int:
    found = 0
    after = 0
    while after is not None:
        begun, after = spells.look(notifiers={one.name: one for one in known}, after=after)
        found += begun
    return found


def remind(notifier: Notifier) -> list:
    """Look, and try all that is due; what it told by that."""
    before = len(notifier.told)
    look(notifier)
    if notifier.within_transaction:
        while reminding.remind_one(notifier=notifier):
            pass
    else:
        claimed = rest = [None]
        while claimed or rest:
            claimed, rest = reminding.claim(notifier=notifier, limit=3)
            for one in claimed:
                error = reminding.attempt(notifier=notifier, outgoing=one.outgoing)
                assert reminding.finish(claimed=one, error=error)
    return notifier.told[before:]


def outcomes(user) -> list[str]:
    return list(Reminder.objects.filter(user=user).order_by("spell", "number").values_list("outcome", flat=True))


def notify(user, level="info"):
    notice = Notice(users=(user.pk,), title="Lunch", level=level)
    return notifying.notify(sender_id=None, notice=notice).notification


# When, and once


def test_what_is_just_being_delivered_is_not_reminded(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=9)
    assert remind(heard) == []
    later(seconds=2)
    assert [one.user_id for one in remind(heard)] == [bob.pk]


def test_all_that_waits_is_one_reminder(alice, bob, dora, direct, group, heard):
    say(*drafts(alice, direct, 3), *drafts(dora, group, 2))
    notify(bob, "warning")
    later(seconds=11)
    (told,) = [one for one in remind(heard) if one.user_id == bob.pk]
    assert (told.messages, told.conversations, told.notifications) == (5, 2, {"warning": 1})
    assert set(told.titles) == {"Alice", "Lunch"}
    assert told.number == 1
    assert remind(heard) == []


def test_what_came_after_the_first_that_is_young_is_not_passed_over(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    say(*drafts(alice, direct, 1))
    (told,) = remind(heard)
    assert told.messages == 1
    receipts.ack(user_id=bob.pk, seq=1)
    later(seconds=11)
    (told,) = remind(heard)
    assert (told.messages, told.number) == (1, 1)


def test_further_messages_of_the_spell_are_not_reminded_of_by_themselves(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert len(remind(heard)) == 1
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []


def test_again_after_growing_intervals_up_to_a_limit(alice, bob, direct, heard, settings):
    settings.IM_REMIND_AGAIN_SECONDS, settings.IM_REMIND_MOST = 3_600, 3
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert [one.number for one in remind(heard)] == [1]
    say(*drafts(alice, direct, 1))
    later(seconds=3_590)
    assert remind(heard) == []
    later(seconds=20)
    assert [(one.number, one.messages) for one in remind(heard)] == [(2, 2)]
    later(seconds=7_190)
    assert remind(heard) == []
    later(seconds=20)
    assert [one.number for one in remind(heard)] == [3]
    later(days=400)
    assert remind(heard) == []
    assert outcomes(bob) == ["sent"] * 3


def test_an_ack_before_it_is_due_begins_no_spell(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    receipts.ack(user_id=bob.pk, seq=1)
    assert remind(heard) == []
    assert not Reminder.objects.exists()


def test_an_ack_cancels_what_is_due(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert look(heard) == 1
    receipts.ack(user_id=bob.pk, seq=1)
    assert remind(heard) == []
    assert outcomes(bob) == ["cancelled"]


def test_an_ack_cancels_the_next_one(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    receipts.ack(user_id=bob.pk, seq=1)
    later(days=1)
    assert remind(heard) == []
    assert outcomes(bob) == ["sent", "cancelled"]


def test_after_the_ack_there_is_a_new_spell(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    receipts.ack(user_id=bob.pk, seq=1)
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert [(one.number, one.messages) for one in remind(heard)] == [(1, 1)]
    assert outcomes(bob) == ["sent", "cancelled", "sent", "waiting"]
    assert Spell.objects.get(user=bob).first_seq == 2


def test_an_ack_of_some_leaves_the_rest(alice, bob, direct, heard):
    say(*drafts(alice, direct, 3))
    later(seconds=11)
    look(heard)
    receipts.ack(user_id=bob.pk, seq=2)
    (told,) = remind(heard)
    assert told.messages == 1
    reminder = Reminder.objects.get(user=bob, number=1)
    assert (reminder.from_seq, reminder.up_to_seq) == (3, 3)


# What counts


def test_a_muted_conversation_does_not_remind(alice, bob, direct, heard):
    Member.objects.filter(user=bob).update(muted=True)
    say(*drafts(alice, direct, 2))
    later(seconds=11)
    assert remind(heard) == []
    assert not Reminder.objects.exists()


def test_a_mention_reminds_though_it_is_muted(alice, bob, dora, group, draft, heard):
    Member.objects.filter(conversation=group).update(muted=True)
    say(
        draft(alice, group), draft(alice, group, data={"mentions": [bob.pk]}), draft(alice, group, data={"mentions": 5})
    )
    later(seconds=11)
    assert [(one.user_id, one.messages) for one in remind(heard)] == [(bob.pk, 1)]


@pytest.mark.parametrize(
    "shape",
    [
        lambda pk: {"mentions": "all"},
        lambda pk: {"mentions": pk},
        lambda pk: {"mentions": {"a": pk}},
        lambda pk: {"mentions": [str(pk), None, [pk]]},
        lambda pk: [{"mentions": [pk]}],
    ],
)
def test_a_mention_of_another_shape_mentions_nobody(alice, bob, direct, draft, heard, shape):
    Member.objects.filter(user=bob).update(muted=True)
    Message.objects.filter(pk=say(draft(alice, direct))[0].message).update(data=shape(bob.pk))
    later(seconds=11)
    assert remind(heard) == []


def test_what_was_recalled_does_not_remind(alice, bob, direct, heard):
    (accepted,) = say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard)
    Message.objects.filter(pk=accepted.message).update(recalled_at=timezone.now(), body="", first_digest="0" * 64)
    assert remind(heard) == []
    assert outcomes(bob) == ["cancelled"]


def test_what_comes_after_all_that_was_recalled_reminds(alice, bob, direct, heard):
    (accepted,) = say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard)
    Message.objects.filter(pk=accepted.message).update(recalled_at=timezone.now(), body="", first_digest="0" * 64)
    assert remind(heard) == []
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert [(one.number, one.messages) for one in remind(heard)] == [(1, 1)]
    assert outcomes(bob) == ["cancelled", "sent", "waiting"]


def test_what_comes_after_all_that_was_muted_reminds(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard)
    Member.objects.filter(user=bob).update(muted=True)
    assert remind(heard) == []
    notify(bob)
    later(seconds=11)
    assert [(one.messages, one.notifications) for one in remind(heard)] == [(0, {"info": 1})]


def test_what_the_system_says_does_not_remind(alice, bob, direct, heard):
    (accepted,) = say(*drafts(alice, direct, 1))
    Message.objects.filter(pk=accepted.message).update(kind="system")
    later(seconds=11)
    assert remind(heard) == []


def test_who_left_is_not_reminded_of_what_is_said_there(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    Member.objects.filter(user=bob).update(left_at=timezone.now())
    later(seconds=11)
    assert remind(heard) == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"kind": User.Kind.SERVICE}])
def test_neither_a_service_nor_a_disabled_account_is_reminded(alice, bob, direct, heard, change):
    User.objects.filter(pk=bob.pk).update(**change)
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []


def test_an_inbox_that_is_behind_for_ever_is_looked_through_once(
    alice, bob, direct, heard, settings, django_assert_num_queries
):
    settings.IM_REMIND_MOST = 1
    say(*drafts(alice, direct, 3))
    later(seconds=11)
    remind(heard)
    with django_assert_num_queries(1):
        assert look(heard) == 0


# Urgent, quiet


@pytest.fixture
def quiet(bob):
    """It is quiet now where Bob is, and for an hour to come."""
    now = timezone.now()
    end = (now + timedelta(hours=1)).time()
    Preferences.objects.create(user=bob, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=end)
    return end


def test_in_quiet_hours_it_waits_for_their_end(alice, bob, direct, heard, quiet):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []
    reminder = Reminder.objects.get(user=bob)
    assert (reminder.outcome, reminder.attempts) == ("waiting", 0)
    assert reminder.due_at - timezone.now() == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=1))
    later(minutes=61)
    Preferences.objects.update(quiet_until=(timezone.now() - timedelta(minutes=1)).time())
    assert len(remind(heard)) == 1


def test_by_default_of_the_site_and_in_ones_time_zone(alice, bob, direct, heard, settings):
    settings.IM_QUIET_HOURS = (time(0), time(12))
    offset = 1 - timezone.now().hour
    zone = f"Etc/GMT{-(offset if offset >= -12 else offset + 24):+d}"  # those names count westwards
    Preferences.objects.create(user=bob, time_zone=zone)  # it is one in the night there
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []
    Preferences.objects.update(quiet_from=time(0), quiet_until=time(0))  # never, for Bob
    later(hours=12)
    assert len(remind(heard)) == 1


def test_what_is_urgent_reminds_in_quiet_hours_too(alice, bob, heard, quiet):
    notify(bob, "urgent")
    later(seconds=11)
    assert [one.notifications for one in remind(heard)] == [{"urgent": 1}]


def test_what_is_urgent_does_not_wait_for_the_end_of_quiet_hours_though_it_was_tried_before(alice, bob, direct, heard):
    heard.fails = NotifyError("away")
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    now = timezone.now()
    Preferences.objects.create(
        user=bob, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=(now + timedelta(hours=1)).time()
    )
    heard.fails = None
    later(seconds=11)
    assert remind(heard) == []
    notify(bob, "urgent")
    later(seconds=11)
    assert [one.notifications for one in remind(heard)] == [{"urgent": 1}]


def test_what_is_urgent_does_not_wait_for_its_turn(alice, bob, direct, heard, settings):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    notify(bob, "urgent")
    later(seconds=11)
    (told,) = remind(heard)
    assert (told.number, told.messages, told.notifications) == (2, 1, {"urgent": 1})
    assert remind(heard) == []


def test_what_was_urgent_before_hastens_nothing_more(alice, bob, direct, heard):
    notify(bob, "urgent")
    later(seconds=11)
    assert len(remind(heard)) == 1
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []


def test_what_is_urgent_is_told_beyond_the_limit(alice, bob, direct, heard, settings):
    settings.IM_REMIND_MOST = 1
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    notify(bob, "urgent")
    later(seconds=11)
    assert [one.number for one in remind(heard)] == [2]
    later(days=400)
    assert remind(heard) == []


def test_what_is_urgent_and_comes_while_one_is_on_its_way_is_told_after_it(alice, bob, direct):
    heard = Heard()
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard)
    (claimed,), _due = reminding.claim(notifier=heard, limit=1)
    notify(bob, "urgent")
    later(seconds=11)
    look(heard)
    Reminder.objects.update(next_at=timezone.now() + timedelta(minutes=1))  # it is still on its way
    assert reminding.finish(claimed=claimed) == "sent"
    assert [one.notifications for one in remind(heard)] == [{"urgent": 1}]


def test_a_claim_of_a_notifier_that_is_no_more_holds_up_nothing(alice, bob, direct):
    heard, gone = Heard(), Heard()
    gone.name = "gone"
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard, gone)
    reminding.claim(notifier=gone, limit=1)  # and its worker is killed, and starts without it
    assert len(remind(heard)) == 1
    notify(bob, "urgent")
    later(seconds=11)
    assert [one.notifications for one in remind(heard)] == [{"urgent": 1}]


# On and off


def test_each_notifier_reminds_by_itself(alice, bob, direct):
    one, other = Heard(), HeardHere()
    other.name = "other"
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(one, other)
    assert len(remind(one)) == len(remind(other)) == 1


def test_who_turned_it_off_is_not_reminded_by_it(alice, bob, direct, heard):
    unsubscribing.choose(user_id=bob.pk, notifier="heard", on=False)
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []


def test_who_turns_it_off_is_not_reminded_of_what_is_due(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard)
    unsubscribing.choose(user_id=bob.pk, notifier="heard", on=False)
    assert remind(heard) == []
    assert Reminder.objects.get(user=bob).error == "It was turned off."


def test_off_by_default_is_on_for_who_chose_it(alice, bob, dora, group, heard, settings):
    settings.IM_NOTIFIERS_ON = ["other"]
    NotifierChoice.objects.create(user=bob, notifier="heard", on=True)
    say(*drafts(alice, group, 1))
    later(seconds=11)
    assert [one.user_id for one in remind(heard)] == [bob.pk]


def test_a_notifier_that_cannot_say_whom_it_reaches_holds_up_no_other(alice, bob, direct, monkeypatch):
    bad, good = HeardHere(), Heard()
    bad.name = "bad"
    monkeypatch.setattr(bad, "reaches", lambda user: 1 / 0)
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(bad, good)
    assert (len(remind(bad)), len(remind(good))) == (0, 1)


def test_who_has_a_time_zone_that_is_none_has_the_sites(alice, bob, direct, heard, quiet):
    Preferences.objects.update(time_zone="Mars/Olympus")
    notify(bob, "urgent")
    later(seconds=11)
    assert [one.time_zone for one in remind(heard)] == ["UTC"]


def test_who_has_no_address_is_not_reminded(alice, bob, direct, heard):
    heard.reached = False
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert remind(heard) == []


def test_the_signed_address_says_whom_and_what(bob, settings):
    settings.IM_PUBLIC_URL = "https://chat.example.com"
    address = unsubscribing.address(user_id=bob.pk, notifier="heard")
    assert address.startswith("https://chat.example.com/unsubscribe/")
    assert unsubscribing.read(token=address.rsplit("/", 1)[1]) == (bob, "heard")


# What fails


def test_what_fails_is_tried_again_after_growing_waits(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    heard.fails = NotifyError("the mail server is away")
    for wait in (10, 20, 40):
        remind(heard)
        reminder = Reminder.objects.get(user=bob)
        assert (reminder.outcome, reminder.error) == ("waiting", "the mail server is away")
        assert reminder.next_at - reminder.attempted_at == pytest.approx(
            timedelta(seconds=wait), abs=timedelta(seconds=5)
        )
        remind(heard)
        assert Reminder.objects.get(user=bob).attempts == reminder.attempts  # not before its time
        later(seconds=wait + 1)
    heard.fails = None
    assert [one.id for one in remind(heard)] == [str(reminder.key)]
    assert Reminder.objects.get(user=bob, number=1).attempts == 4


def test_the_waits_have_an_end_and_the_other_side_may_ask_for_more():
    waits = [reminding.wait(attempts=n) for n in range(1, 12)]
    assert waits[:3] == [10, 20, 40]
    assert waits[-1] == 3_600 == max(waits)
    assert reminding.wait(attempts=1, asked=900) == 900
    assert reminding.wait(attempts=1, asked=10**9) == 86_400
    assert reminding.wait(attempts=5, asked=1) == 160


def test_what_never_will_is_not_tried_again(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    heard.fails = NotifyError("no such address", permanent=True)
    remind(heard)
    assert outcomes(bob) == ["failed"]
    heard.fails = None
    later(days=400)
    assert remind(heard) == []


def test_after_so_many_attempts_it_has_failed(alice, bob, direct, heard, settings):
    settings.IM_NOTIFY_ATTEMPTS = 2
    heard.fails = NotifyError("away")
    say(*drafts(alice, direct, 1))
    for _ in range(3):
        later(seconds=61)
        remind(heard)
    reminder = Reminder.objects.get(user=bob, number=1)
    assert (reminder.outcome, reminder.attempts) == ("failed", 2)


def test_a_mail_server_that_is_away_for_longer_costs_a_reminder_and_not_all_of_the_spell(
    alice, bob, direct, heard, settings
):
    settings.IM_NOTIFY_ATTEMPTS, settings.IM_REMIND_MOST = 1, 2
    heard.fails = NotifyError("away")
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    heard.fails = None
    assert remind(heard) == []
    later(seconds=settings.IM_REMIND_AGAIN_SECONDS)
    assert [one.number for one in remind(heard)] == [2]
    assert outcomes(bob) == ["failed", "sent"]


def test_whatever_the_other_side_said_can_be_written_down(alice, bob, direct, heard):
    """Else the claim would lapse and it would be tried for ever: a push service is chosen by who subscribes."""
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    heard.fails = NotifyError("answered 500 \x00\ud800\x1b[2J提醒 " + "x" * 70_000)
    remind(heard)
    reminder = Reminder.objects.get(user=bob)
    assert (reminder.outcome, reminder.attempts) == ("waiting", 1)
    assert reminder.error.startswith("answered 500 \ufffd\ufffd\ufffd[2J提醒 xxx")
    assert len(reminder.error) == 500


def test_a_bug_in_a_notifier_is_a_failed_attempt(alice, bob, direct, heard):
    heard.fails = ZeroDivisionError("oh")
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    reminder = Reminder.objects.get(user=bob)
    assert (reminder.outcome, reminder.error) == ("waiting", "ZeroDivisionError: oh")


def test_an_ack_between_two_attempts_ends_it(alice, bob, direct, heard):
    heard.fails = NotifyError("away")
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    heard.fails = None
    receipts.ack(user_id=bob.pk, seq=1)
    later(seconds=11)
    assert remind(heard) == []
    assert outcomes(bob) == ["cancelled"]


# Claims


@pytest.fixture
def claimed(alice, bob, direct):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(Heard())
    (one,), _due = reminding.claim(notifier=Heard(), limit=5)
    return one


def test_what_is_claimed_nobody_else_claims(claimed):
    assert reminding.claim(notifier=Heard(), limit=5) == ([], [])


def test_a_claim_lapses_and_is_taken_up_with_the_same_id(claimed, settings):
    later(seconds=2 * settings.IM_NOTIFY_SECONDS + 1)
    (again,), _due = reminding.claim(notifier=Heard(), limit=5)
    assert again.claim != claimed.claim
    assert again.outgoing.id == claimed.outgoing.id
    assert reminding.finish(claimed=claimed) is None  # it is somebody else's by now
    assert reminding.finish(claimed=again) == "sent"
    assert reminding.finish(claimed=again) is None


def test_what_kills_everybody_who_is_at_it_has_failed_at_last(claimed, bob, settings):
    settings.IM_NOTIFY_ATTEMPTS = 2
    later(seconds=2 * settings.IM_NOTIFY_SECONDS + 1)
    (again,), _rest = reminding.claim(notifier=Heard(), limit=5)
    assert again.outgoing.id == claimed.outgoing.id
    later(seconds=2 * settings.IM_NOTIFY_SECONDS + 1)
    assert reminding.claim(notifier=Heard(), limit=5) == ([], ["failed"])
    first = Reminder.objects.get(user=bob, number=1)
    assert (first.error, first.attempts) == ("No attempt came to its end.", 2)


# By hand


def test_remind_now_does_not_wait_and_knows_no_quiet_hours(alice, bob, direct, heard, quiet):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    remind(heard)
    assert reminding.remind_now(reminder_ids=Reminder.objects.values_list("pk", flat=True)) == 1
    assert len(remind(heard)) == 1


def test_what_failed_may_be_tried_again_by_hand(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    heard.fails = NotifyError("no such address", permanent=True)
    remind(heard)
    heard.fails = None
    assert reminding.remind_now(reminder_ids=[Reminder.objects.get().pk]) == 1
    assert len(remind(heard)) == 1
    assert reminding.remind_now(reminder_ids=[Reminder.objects.get(number=1).pk]) == 0  # it has gone out


def test_what_somebody_is_at_is_left_to_it(claimed):
    assert reminding.remind_now(reminder_ids=[claimed.reminder_id]) == 0
    assert reminding.finish(claimed=claimed) == "sent"


def test_what_was_given_up_does_not_go_out(alice, bob, direct, heard):
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(heard)
    assert reminding.give_up(reminder_ids=[Reminder.objects.get().pk]) == 1
    later(days=400)
    assert remind(heard) == []
    assert outcomes(bob) == ["given_up"]


def test_what_was_given_up_on_its_way_says_what_became_of_it(claimed, bob):
    reminding.give_up(reminder_ids=[claimed.reminder_id])
    assert reminding.finish(claimed=claimed, error=NotifyError("away")) == "given_up"
    Reminder.objects.update(claim=claimed.claim)
    assert reminding.finish(claimed=claimed) == "sent"
    assert outcomes(bob) == ["sent"]  # and none again in that spell


def test_what_was_given_up_on_its_way_is_not_sent_a_second_time_by_hand(claimed, settings):
    reminding.give_up(reminder_ids=[claimed.reminder_id])
    assert reminding.remind_now(reminder_ids=[claimed.reminder_id]) == 0
    later(seconds=2 * settings.IM_NOTIFY_SECONDS + 1)
    assert reminding.remind_now(reminder_ids=[claimed.reminder_id]) == 1


# The one that comes along


def test_log_writes_a_line_with_the_id(alice, bob, direct, caplog, settings):
    settings.IM_NOTIFIERS = ["log"]
    log = notifiers.load()["log"]
    log.told = []
    say(*drafts(alice, direct, 2))
    later(seconds=11)
    with caplog.at_level("INFO"):
        remind(log)
    (line,) = [record.getMessage() for record in caplog.records if "Reminder" in record.getMessage()]
    key = Reminder.objects.get(number=1).key
    assert line == f"Reminder {key} for user {bob.pk}: 2 messages in 1 conversations, 0 notifications (1)"
