"""What is counted in passing."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from chat.metrics import Counts, Histogram
from messages_store.events import as_json, describe


def message(body: str, created_at: datetime, **fields) -> str:
    common = {"id": 1, "conversation_id": 1, "number": 1, "sender_id": 1, "kind": "text", "data": None}
    return as_json(describe(body=body, client_id=None, created_at=created_at, **common | fields))


def test_a_histogram_counts_what_is_at_most_so_large():
    histogram = Histogram((1, 5, 10))
    for value in (0, 1, 1.5, 5, 10, 10.1, 1e9):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 1, 2]
    assert histogram.sum == pytest.approx(1e9 + 27.6)


@pytest.mark.parametrize("microsecond", [0, 1, 120_000])
def test_the_age_of_a_message_is_read_from_its_json(microsecond):
    created = datetime.now(UTC).replace(microsecond=microsecond) - timedelta(seconds=7)
    lies = '"created_at":"2001-01-01T00:00:00Z"'
    text = message(lies, created, data={"created_at": "2001-01-01T00:00:00Z"}, edited_at=datetime.now(UTC))
    assert 6 < Counts().age(text) < 9


def test_the_databases_clock_counts():
    counts = Counts()
    counts.skew = 3_600
    created = datetime.fromtimestamp(time.time() + 3_600, UTC)
    assert counts.age(message("x", created)) < 1
    assert counts.age(message("x", created + timedelta(hours=1))) == 0


def test_a_notification_has_no_age():
    """A worker delivers it to many, one behind the other."""
    now = datetime.now(UTC)
    assert Counts().age(message("x", now, id=2**53 - 1, conversation_id=None, number=None)) is None
    assert Counts().age(message('"conversation":null', now, data={"conversation": None})) is not None


@pytest.mark.parametrize("text", ["", "{}", '{"created_at":"soon"}', '"created_at":"'])
def test_what_is_no_message_of_ours_has_no_age(text):
    assert Counts().age(text) is None
