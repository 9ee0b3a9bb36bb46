"""Reminders and digests that have ended go, so long after."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from messages_store.models import Digest, Reminder, Spell
from messages_store.pruning import Sweep
from messages_store.services import ended
from messages_store.services.pruning import Days

from .moved import later
from .pruned import MONTH, prune

pytestmark = pytest.mark.django_db


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
