"""Who is reminded, and when it is quiet; what is old enough to be pruned."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messages_store import notifiers
from messages_store.models import Preferences
from messages_store.notifiers import Notifier
from messages_store.services import digesting, receipts
from messages_store.services.conversations import open_direct
from tests.conftest import make_user

from .digests import Clock, choose, say_before, send
from .look import drafts, say
from .moved import later
from .reminded import Heard, HeardHere


@pytest.fixture(params=[Heard, HeardHere])
def heard(request) -> Heard:
    return request.param()


@pytest.fixture
def quiet(bob):
    """It is quiet now where Bob is, and for an hour to come."""
    now = timezone.now()
    end = (now + timedelta(hours=1)).time()
    Preferences.objects.create(user=bob, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=end)
    return end


@pytest.fixture
def old(alice, bob, direct):
    """Five messages of Alice's, 31 days old; Bob acknowledged three of them then."""
    said = say(*drafts(alice, direct, 5))
    receipts.ack(user_id=bob.pk, seq=3)
    later(days=31)
    return said


# The daily mail


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """It is a quarter to eight in the morning, in UTC."""
    clock = Clock("2026-11-20 07:45")
    monkeypatch.setattr(digesting, "now", clock)
    return clock


@pytest.fixture
def waiting(clock, heard, alice, bob, direct):
    """Bob chose it, his hour was found out, and something of Alice's has waited for a day and more."""
    choose(bob)
    say_before(clock, alice, direct, hours=30)
    assert send(heard) == []
    clock.set("2026-11-20 08:00")
    return bob


# Reminders


@pytest.fixture
def known(monkeypatch, settings):
    """Make these the notifiers there are: known(Good(), …)."""
    settings.IM_NOTIFIERS = ["some"]

    def make(*those: Notifier):
        monkeypatch.setattr(notifiers, "load", lambda: {one.name: one for one in those})
        return those

    return make


@pytest.fixture
def people(alice):
    """Ten people for whom something has waited long enough."""
    people = [make_user(f"person{n}") for n in range(10)]
    for person in people:
        say(*drafts(alice, open_direct(user_id=alice.pk, other_id=person.pk), 1))
    later(seconds=11)
    return [person.pk for person in people]
