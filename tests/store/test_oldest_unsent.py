"""How long the oldest delivery waits that nobody acknowledged."""

from datetime import UTC, datetime, timedelta

import pytest

from messages_store.models import Message
from messages_store.services import reading, receipts

from .look import drafts, say

pytestmark = pytest.mark.django_db


def age(**by) -> None:
    """Everything that there is was said so long before."""
    for message in Message.objects.all():
        Message.objects.filter(pk=message.pk).update(created_at=message.created_at - timedelta(**by))


def oldest() -> float:
    return reading.oldest_unsent()[0]


def test_nothing_is_unsent():
    seconds, now = reading.oldest_unsent()
    assert seconds == 0
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


def test_the_oldest_counts_until_it_is_acknowledged(alice, bob, direct):
    say(*drafts(alice, direct, 2))
    age(hours=1)
    say(*drafts(alice, direct, 1))
    assert oldest() == pytest.approx(3_600, abs=30)
    receipts.ack(user_id=bob.pk, seq=2)
    assert oldest() < 30
    receipts.ack(user_id=bob.pk, seq=3)
    assert oldest() == 0


def test_what_one_said_oneself_waits_for_nobody(alice, bob, direct):
    """It stands unacknowledged behind what the other said, but it is born sent."""
    say(*drafts(bob, direct, 1), *drafts(alice, direct, 1))
    receipts.ack(user_id=bob.pk, seq=2)
    receipts.ack(user_id=alice.pk, seq=1)
    age(hours=1)
    assert oldest() == 0


def test_it_costs_one_query(alice, group, django_assert_num_queries):
    say(*drafts(alice, group, 5))
    age(hours=1)
    with django_assert_num_queries(1):
        assert oldest() > 0
