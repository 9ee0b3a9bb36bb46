"""A limit on what one user sends per minute: exact over all nodes, and without a statement of its own."""

from datetime import UTC, datetime

import pytest

from messages_store.errors import RateLimited
from messages_store.models import Inbox, Message
from messages_store.services import receipts, rows, sending
from messages_store.services.sending import Accepted

from .look import assert_whole, drafts, say
from .test_concurrency import together
from .test_queries import PLAIN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def five_per_minute(settings):
    settings.IM_SENDS_PER_MINUTE = 5


@pytest.fixture
def clock(monkeypatch):
    """The database's time: clock("10:00:59.5")."""
    real = rows.aware
    now = []
    monkeypatch.setattr(rows, "aware", lambda time: now[0] if now else real(time))

    def set_to(time: str) -> None:
        now[:] = [datetime.fromisoformat(f"2026-11-21T{time}").replace(tzinfo=UTC)]

    set_to("10:00:00")
    return set_to


def outcomes(drafts) -> list[str]:
    return [type(outcome).__name__ for outcome in sending.send(drafts).outcomes]


def test_what_is_over_the_limit_fails_alone(alice, bob, direct, clock):
    clock("10:00:42.5")
    mixed = [*drafts(alice, direct, 4), *drafts(bob, direct, 3), *drafts(alice, direct, 3), *drafts(bob, direct, 1)]
    assert outcomes(mixed) == ["Accepted"] * 8 + ["RateLimited"] * 2 + ["Accepted"]
    assert Message.objects.count() == 9
    assert_whole()


def test_it_says_when_the_next_minute_begins(alice, direct, clock):
    say(*drafts(alice, direct, 5))
    for time, wait in (("10:00:00", 60), ("10:00:42.5", 18), ("10:00:59.999", 1)):
        clock(time)
        (outcome,) = sending.send(drafts(alice, direct, 1)).outcomes
        assert isinstance(outcome, RateLimited)
        assert outcome.retry_after == wait


def test_the_next_minute_has_room_again(alice, direct, clock):
    assert outcomes(drafts(alice, direct, 6)) == ["Accepted"] * 5 + ["RateLimited"]
    clock("10:01:00")
    assert outcomes(drafts(alice, direct, 6)) == ["Accepted"] * 5 + ["RateLimited"]


def test_a_clock_that_is_a_little_behind_gives_no_second_minute(alice, direct, clock):
    """A transaction takes its time before it waits for the locks."""
    clock("10:01:00")
    say(*drafts(alice, direct, 5))
    clock("10:00:59.9")
    (outcome,) = sending.send(drafts(alice, direct, 1)).outcomes
    assert outcome.retry_after == 61
    clock("10:01:10")
    assert outcomes(drafts(alice, direct, 1)) == ["RateLimited"]


def test_what_was_stored_before_is_answered_whatever_the_limit(alice, direct, clock):
    old = drafts(alice, direct, 5)
    first = say(*old)
    assert say(*old, *old) == [*first, *first]
    refused = drafts(alice, direct, 1)
    assert outcomes([*refused, *old, *refused]) == ["RateLimited"] + ["Accepted"] * 5 + ["RateLimited"]


def test_what_fails_otherwise_is_not_counted(alice, charlie, direct, group, clock):
    assert outcomes(drafts(charlie, direct, 9)) == ["NoSuchConversation"] * 9
    assert outcomes(drafts(charlie, direct, 1)) == ["NoSuchConversation"]
    assert Inbox.objects.get(user=charlie).send_count == 0


def test_what_is_received_and_acknowledged_is_not_counted(alice, bob, direct, settings, clock):
    say(*drafts(alice, direct, 5))
    receipts.ack(user_id=bob.pk, seq=3)
    receipts.ack(user_id=alice.pk, seq=5)
    counts = dict(Inbox.objects.values_list("user", "send_count"))
    assert counts == {alice.pk: 5, bob.pk: 0}
    say(*drafts(bob, direct, 5))


def test_it_costs_no_query(alice, direct, clock, django_assert_num_queries):
    with django_assert_num_queries(PLAIN):
        say(*drafts(alice, direct, 5))
    with django_assert_num_queries(6):  # locks, and nothing to write
        assert outcomes(drafts(alice, direct, 5)) == ["RateLimited"] * 5


def test_both_ways_of_writing_store_it(alice, direct, monkeypatch, clock):
    monkeypatch.setattr(rows, "is_postgresql", lambda: False)
    assert outcomes(drafts(alice, direct, 6)) == ["Accepted"] * 5 + ["RateLimited"]
    assert outcomes(drafts(alice, direct, 1)) == ["RateLimited"]


@pytest.mark.django_db(transaction=True)
def test_it_is_exact_though_many_nodes_send_at_once(alice, bob, direct, group, settings):
    settings.IM_SENDS_PER_MINUTE = 40
    now = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def send(place):
        found = []
        for _ in range(5):
            found += sending.send(drafts(alice, place, 3)).outcomes
        return sum(isinstance(outcome, Accepted) for outcome in found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "aware", lambda time: now)
        accepted = together(*(lambda place=place: send(place) for place in (direct, group, direct, group)))
    assert sum(accepted) == 40
    assert Message.objects.count() == 40
    assert_whole()
