"""A worker's shift: its threads, its deadlines, its beat."""

import threading
import time

import pytest
from django.db import OperationalError, connection, transaction

from messages_store import notifiers, working
from messages_store.models import Chore, Inbox, Reminder, Tally, Worker
from messages_store.reminders import Reminders
from messages_store.services import receipts, reminding, spells, workers
from messages_store.services.conversations import open_direct
from messages_store.shift import Shift

from .at_once import patient, together  # noqa: F401 (a fixture for all of these)
from .look import drafts, say
from .moved import later
from .shifts import PATIENCE, Dead, Good, Hanging, outcomes, step_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reminders():
    made = Reminders()
    yield made
    made.stop(within=5)


def test_everybody_is_reminded_once_by_several_threads(people, known, reminders):
    (good,) = known(Good())
    step_until(reminders, lambda: outcomes("good") == ["sent"] * 10)
    assert sorted(good.told) == people
    assert reminders.ended() == {("good", "sent"): 10}


def test_what_is_cancelled_is_counted_too(people, known, reminders):
    known(Good())
    spells.look(notifiers=notifiers.load())
    for person in people:
        receipts.ack(user_id=person, seq=1)
    step_until(reminders, lambda: outcomes("good") == ["cancelled"] * 10)
    reminders.stop(within=PATIENCE)
    assert reminders.ended() == {("good", "cancelled"): 10}


def test_one_that_hangs_holds_up_no_other_and_has_failed_in_time(people, known, reminders, settings):
    settings.IM_NOTIFY_SECONDS, settings.IM_NOTIFY_AT_ONCE = 0.3, 2
    hanging, *_others = known(Hanging(), Dead(), Good())
    step_until(reminders, lambda: outcomes("good") == ["sent"] * 10)
    step_until(reminders, lambda: Reminder.objects.filter(notifier="hanging", error__contains="answer").count() == 2)
    step_until(reminders, lambda: Reminder.objects.filter(notifier="dead", error="nobody answers").count() == 10)
    assert len(hanging.told) == 2  # its threads are its own, and no more of them
    hanging.may_go.set()


def test_what_answers_too_late_is_not_taken_for_an_answer(people, known, reminders, settings):
    settings.IM_NOTIFY_SECONDS, settings.IM_NOTIFY_AT_ONCE = 0.2, 1
    (hanging,) = known(Hanging())
    step_until(reminders, lambda: Reminder.objects.filter(error__contains="answer").exists())
    late = Reminder.objects.get(error__contains="answer")
    settings.IM_NOTIFY_SECONDS = PATIENCE  # for the others
    hanging.may_go.set()
    step_until(reminders, lambda: len(outcomes("hanging")) == 10 and outcomes("hanging").count("sent") == 9)
    late.refresh_from_db()
    assert (late.outcome, late.attempts) == ("waiting", 1)


def test_what_went_out_has_not_failed_though_the_store_is_away_for_long(
    people, known, reminders, settings, monkeypatch
):
    """Else it would go out again when the store is back."""
    settings.IM_NOTIFY_SECONDS, settings.IM_NOTIFY_AT_ONCE = 0.5, 1
    (good,) = known(Good())
    finish, is_away, asked = reminding.finish, threading.Event(), []
    is_away.set()

    def away(*, claimed, error=None):
        asked.append(error)
        if is_away.is_set():
            raise OperationalError("away")
        return finish(claimed=claimed, error=error)

    monkeypatch.setattr(reminding, "finish", away)
    monkeypatch.setattr("messages_store.reminders.PERSIST", 0.05)
    step_until(reminders, lambda: good.told)
    until = time.monotonic() + 1.3  # longer than its claim holds
    step_until(reminders, lambda: time.monotonic() > until)
    is_away.clear()
    step_until(reminders, lambda: outcomes("good") == ["sent"] * 10)
    assert asked == [None] * len(asked)
    assert sorted(good.told) == people


def test_a_notifier_that_cannot_even_claim_holds_up_no_other(people, known, reminders, monkeypatch):
    bad, _good = known(Dead(), Good())
    is_due = reminding.is_due

    def broken(*, notifier):
        if notifier is bad:
            raise ZeroDivisionError
        return is_due(notifier=notifier)

    monkeypatch.setattr(reminding, "is_due", broken)
    step_until(reminders, lambda: outcomes("good") == ["sent"] * 10)


def test_stopped_it_takes_nothing_more_and_what_is_on_its_way_is_written(people, known, settings):
    settings.IM_NOTIFY_AT_ONCE = 1
    (hanging,) = known(Hanging())
    reminders = Reminders()
    step_until(reminders, lambda: hanging.told)
    threading.Timer(0.2, hanging.may_go.set).start()
    reminders.stop(within=PATIENCE)
    assert outcomes("hanging") == ["sent"] + ["waiting"] * 9


def test_what_a_look_cancels_is_counted_too(alice, people, known, reminders):
    known(Good())
    spells.look(notifiers=notifiers.load())
    for person in people:
        receipts.ack(user_id=person, seq=1)
        say(*drafts(alice, open_direct(user_id=alice.pk, other_id=person), 1))
    later(seconds=11)
    step_until(reminders, lambda: outcomes("good") == ["cancelled"] * 10 + ["sent"] * 10)
    reminders.stop(within=PATIENCE)
    assert reminders.ended()["good", "cancelled"] == 10


def test_what_is_on_its_way_when_the_worker_stops_says_so_and_not_how_long_it_might_have_taken(people, known, settings):
    settings.IM_NOTIFY_AT_ONCE = 1
    (hanging,) = known(Hanging())
    reminders = Reminders()
    step_until(reminders, lambda: hanging.told)
    reminders.stop(within=0.01)
    hanging.may_go.set()
    reminder = Reminder.objects.get(attempts=1)
    assert (reminder.outcome, reminder.error) == ("waiting", "The worker stopped before it answered.")


def test_two_look_and_remind_at_once(people, known):
    """Each has threads of its own; nobody is found or reminded twice."""
    (good,) = known(Good())

    def work():
        own = Reminders()
        step_until(own, lambda: outcomes("good") == ["sent"] * 10)
        own.stop(within=PATIENCE)

    together(work, work)
    assert sorted(good.told) == people
    assert Reminder.objects.filter(number=1).count() == 10


def test_an_inbox_that_is_being_written_to_holds_up_nobody_else(people):
    """Where there are locks on rows; SQLite has one writer."""
    good = Good()
    spells.look(notifiers={"good": good})
    locked, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(Inbox.objects.filter(user=people[0]).select_for_update())
            locked.set()
            assert connection.vendor == "sqlite" or done.wait(PATIENCE)
        return []

    def claim():
        locked.wait(PATIENCE)
        found = [reminding.claim(notifier=good, limit=1)[0] for _ in people]
        done.set()
        return sorted(one.outgoing.user_id for claimed in found for one in claimed)

    _, claimed = together(hold, claim)
    assert claimed == (people if connection.vendor == "sqlite" else people[1:])


def test_the_look_is_done_by_one_worker_at_a_time(db):
    assert workers.take(chore="dishes", every=10)
    assert not workers.take(chore="dishes", every=10)
    later(seconds=11)
    taken = together(*[lambda: workers.take(chore="dishes", every=10)] * 4)
    assert sorted(taken) == [False, False, False, True]


def test_a_shift_beats_counts_and_says_when_it_ends(people, known, settings):
    settings.NODE_NAME, settings.IM_BEAT_SECONDS = "worker-1", 0.05
    known(Good())
    shift = Shift()
    step_until(shift, lambda: outcomes("good") == ["sent"] * 10)
    assert Worker.objects.get().name == "worker-1"
    shift.end()
    assert not Worker.objects.exists()
    assert list(Tally.objects.values_list("notifier", "outcome", "count")) == [("good", "sent", 10)]


def test_what_a_failed_beat_did_not_count_the_next_one_counts(people, known, settings, monkeypatch):
    """The store is away for as long as anybody is reminded, and there again at the end."""
    settings.IM_BEAT_SECONDS = 0.05
    known(Good())
    shift = Shift()
    beat, refused = workers.beat, []

    @transaction.atomic
    def refuse(**fields):
        beat(**fields)
        refused.append(fields["ended"])
        raise OperationalError("the commit fails")

    monkeypatch.setattr(workers, "beat", refuse)
    step_until(shift, lambda: outcomes("good") == ["sent"] * 10 and refused[-1])
    monkeypatch.setattr(workers, "beat", beat)
    shift.end()
    assert list(Tally.objects.values_list("notifier", "outcome", "count")) == [("good", "sent", 10)]


def test_a_step_that_fails_does_not_end_the_shift(monkeypatch, known, caplog):
    known(Good())
    shift = Shift()

    def fail(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(spells, "look", fail)
    assert shift.step() == 0
    assert "step fails" in caplog.text
    shift.end()


def test_a_beat_comes_between_two_notifications(monkeypatch, known):
    beats = []
    monkeypatch.setattr("messages_store.services.notifying.unfinished", lambda: [1, 2])
    monkeypatch.setattr(working, "serve", lambda notification_id: 0)
    working.work(between=lambda: beats.append(1))
    assert len(beats) == 2


def test_workers_that_are_long_gone_are_forgotten(db):
    workers.beat(name="old", ended={})
    later(days=2)
    workers.beat(name="new", ended={})
    assert [one.name for one in Worker.objects.all()] == ["new"]


def test_nobody_looks_where_there_is_no_notifier(people, known):
    known()
    assert Reminders().step() == 0
    assert not Chore.objects.exists()


def test_threads_give_their_connections_back(people, known, reminders):
    known(Good())
    step_until(reminders, lambda: outcomes("good") == ["sent"] * 10)
    reminders.stop(within=PATIENCE)
    assert not [one for one in threading.enumerate() if one.name == "notify-good"]
    if connection.vendor == "postgresql":
        pool = connection.pool
        assert pool is None or pool.get_stats().get("requests_waiting", 0) == 0
