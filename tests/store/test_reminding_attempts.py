"""What becomes of a reminder that is due: attempts that fail, claims, and what is done by hand."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store import notifiers
from messages_store.models import Reminder
from messages_store.notifiers import NotifyError
from messages_store.services import receipts, reminding, spells

from .look import drafts, say
from .moved import later
from .reminded import Heard, look, outcomes, remind

pytestmark = pytest.mark.django_db


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
    assert reminding.remind_now(reminder_ids=[claimed.id]) == 0
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
    reminding.give_up(reminder_ids=[claimed.id])
    assert reminding.finish(claimed=claimed, error=NotifyError("away")) == "given_up"
    Reminder.objects.update(claim=claimed.claim)
    assert reminding.finish(claimed=claimed) == "sent"
    assert outcomes(bob) == ["sent"]  # and none again in that spell


def test_what_was_given_up_on_its_way_is_not_sent_a_second_time_by_hand(claimed, settings):
    reminding.give_up(reminder_ids=[claimed.id])
    assert reminding.remind_now(reminder_ids=[claimed.id]) == 0
    later(seconds=2 * settings.IM_NOTIFY_SECONDS + 1)
    assert reminding.remind_now(reminder_ids=[claimed.id]) == 1


@pytest.mark.parametrize("do", [reminding.remind_now, reminding.give_up])
def test_by_hand_several_are_locked_in_the_order_of_their_keys(alice, bob, direct, do):
    """As everybody else locks them, or two would wait for each other."""
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(Heard())
    reminder = Reminder.objects.get()
    with CaptureQueriesContext(connection) as queries:
        assert do(reminder_ids=[reminder.pk]) == 1
    lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""  # SQLite has one writer
    [locked] = [query["sql"] for query in queries if query["sql"].startswith("SELECT") and "_reminder" in query["sql"]]
    assert locked.startswith('SELECT "messages_store_reminder"."id" AS "pk"')
    assert locked.endswith(f"ORDER BY 1 ASC{lock}")


def test_a_look_counts_what_it_cancels(alice, bob, direct):
    known = Heard()
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    look(known)
    receipts.ack(user_id=bob.pk, seq=1)
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    assert spells.look(notifiers={"heard": known}).cancelled == {"heard": 1}
    assert Reminder.objects.get(outcome="cancelled").error == "A device acknowledged it."


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
    assert line == f"Reminder {key} for user {bob.pk}: messages 2, conversations 1, notifications 0 (1)"
