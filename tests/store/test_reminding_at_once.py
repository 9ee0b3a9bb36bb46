"""Acks, sends, claims and looks in the same moment: nobody is reminded of what was seen, nothing urgent waits."""

import threading
import time

import pytest
from django.db import transaction

from messages_store.models import Reminder
from messages_store.notices import Notice
from messages_store.services import notifying, receipts, reminding, spells

from .at_once import patient, together  # noqa: F401 (a fixture for all of these)
from .look import drafts, say
from .moved import later
from .shifts import PATIENCE, Good

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_ack_at_the_moment_of_the_claim_is_never_followed_by_a_reminder(alice, bob, direct):
    """Whichever comes first: what was seen to be acknowledged before it was claimed, does not go out."""
    known, reminded, cancelled = Good(), 0, 0
    for turn in range(60):
        seq = 1 + turn
        say(*drafts(alice, direct, 1))
        later(seconds=11)
        spells.look(notifiers={"good": known})
        acked_at, claimed = [], []

        def ack(seq=seq, acked_at=acked_at):
            time.sleep((seq % 7) / 2_000)
            receipts.ack(user_id=bob.pk, seq=seq)
            acked_at.append(time.monotonic())  # from now on it was seen

        def claim(claimed=claimed):
            time.sleep((turn % 5) / 2_000)  # noqa: B023
            began = time.monotonic()
            for one in reminding.claim(notifier=known, limit=1)[0]:
                claimed.append((began, one))

        together(ack, claim)
        if not claimed:  # the inbox was locked at that moment: it is looked at again
            claimed += [(time.monotonic(), one) for one in reminding.claim(notifier=known, limit=1)[0]]
        for began, one in claimed:
            assert began < acked_at[0], "claimed after the ack was seen"
            assert reminding.finish(claimed=one) == "sent"
            reminded += 1
        cancelled += not claimed
        Reminder.objects.filter(number=2).delete()
    assert reminded + cancelled == 60
    assert cancelled == Reminder.objects.filter(outcome="cancelled").count()


def test_what_is_urgent_is_told_though_a_claim_is_being_written_while_it_is_found(alice, bob, direct):
    known, is_claimed, looked = Good(), threading.Event(), threading.Event()
    say(*drafts(alice, direct, 1))
    later(seconds=11)
    spells.look(notifiers={"good": known})
    notifying.notify(sender_id=None, notice=Notice(users=(bob.pk,), title="Fire", level="urgent"))
    later(seconds=11)

    def claim():
        with transaction.atomic():
            (one,), _due = reminding.claim(notifier=known, limit=1)
            is_claimed.set()
            looked.wait(0.5)  # it waits for our commit
        return one

    def look():
        is_claimed.wait(PATIENCE)
        spells.look(notifiers={"good": known})
        looked.set()

    one, _ = together(claim, look)
    assert one.outgoing.notifications == {}
    assert reminding.finish(claimed=one) == "sent"
    spells.look(notifiers={"good": known})
    (urgent,), _due = reminding.claim(notifier=known, limit=1)
    assert urgent.outgoing.notifications == {"urgent": 1}


class Here(Good):
    """Notes when it told somebody, within the transaction that claimed it."""

    within_transaction = True

    def notify(self, outgoing):
        time.sleep(0.001)
        self.told.append(time.monotonic())


def test_within_the_transaction_nobody_is_reminded_after_the_ack_was_seen(alice, bob, direct):
    """What is told under the inbox's lock, is told before the ack is there, or not at all."""
    here, turns = Here(), 60
    for turn in range(turns):
        seq = 1 + turn
        say(*drafts(alice, direct, 1))
        later(seconds=11)
        spells.look(notifiers={"good": here})

        def ack(seq=seq):
            time.sleep((seq % 7) / 2_000)
            receipts.ack(user_id=bob.pk, seq=seq)
            return time.monotonic()

        def remind(turn=turn):
            time.sleep((turn % 3) * 0.005)
            reminding.remind_one(notifier=here)

        before = len(here.told)
        acked_at, _ = together(ack, remind)
        reminding.remind_one(notifier=here)  # where the inbox was locked at that moment
        assert all(told_at < acked_at for told_at in here.told[before:])
        Reminder.objects.filter(number=2).delete()
    assert 0 < Reminder.objects.filter(outcome="sent").count() < turns, "one of them always came first"
    assert Reminder.objects.filter(outcome="sent").count() == len(here.told)
