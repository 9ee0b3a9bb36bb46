"""Who is reminded, and when it is quiet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messages_store.models import Preferences

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
