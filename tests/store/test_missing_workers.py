"""Whether a worker is missing, as readiness and the admin say it."""

import pytest
from django.utils import timezone

from messages_store.models import Preferences
from messages_store.services import spells, workers

from .moved import later
from .shifts import Good

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_notifiers_no_worker_is_missing(people, settings):
    settings.IM_NOTIFIERS = []
    later(hours=1)
    assert workers.is_there()


def test_a_worker_is_missing_when_something_waits_and_none_beats(people, known, settings):
    known(Good())
    assert workers.is_there()  # not for long
    later(seconds=3 * settings.IM_BEAT_SECONDS + 1)
    assert not workers.is_there()
    workers.beat(name="one", ended={})
    assert workers.is_there()
    later(seconds=3 * settings.IM_BEAT_SECONDS + 1)
    assert not workers.is_there()


def test_a_worker_is_missing_when_a_reminder_is_overdue(people, known, settings):
    (good,) = known(Good())
    spells.look(notifiers={"good": good})
    assert workers.is_there()
    later(seconds=3 * settings.IM_BEAT_SECONDS + 1)
    assert not workers.is_there()


def test_a_worker_is_missed_when_somebodys_daily_mail_is_not_taken_up(bob, known, settings):
    (email,) = known(Good())
    email.name = "email"
    Preferences.objects.create(user=bob, digest=True, digest_at=timezone.now())
    assert workers.is_there()  # not for long
    later(seconds=workers.lapse_seconds() + 1)
    assert not workers.is_there()
    known()
    assert workers.is_there()  # nobody could send it
