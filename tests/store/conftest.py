"""Who is reminded, and when it is quiet; what is old enough to be pruned."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messages_store.models import Preferences
from messages_store.services import receipts

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
