"""Quiet hours: by the clock on somebody's wall, over midnight and over the changes of the clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest

from messages_store.quiet_hours import end_of_quiet

NIGHT = {"start": time(22), "end": time(7)}


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (at(2026, 1, 5, 20, 59), None),  # 21:59 in Berlin
        (at(2026, 1, 5, 21, 0), at(2026, 1, 6, 6)),
        (at(2026, 1, 5, 23, 30), at(2026, 1, 6, 6)),
        (at(2026, 1, 6, 5, 59), at(2026, 1, 6, 6)),
        (at(2026, 1, 6, 6, 0), None),
        (at(2026, 7, 5, 20, 0), at(2026, 7, 6, 5)),  # in summer an hour earlier
        (at(2026, 3, 28, 23, 0), at(2026, 3, 29, 5)),  # and in that very night
        (at(2026, 10, 24, 22, 0), at(2026, 10, 25, 6)),
    ],
)
def test_over_midnight_by_the_clock_on_the_wall(moment, end):
    assert end_of_quiet(moment=moment, zone="Europe/Berlin", **NIGHT) == end


def test_within_a_day():
    noon = {"start": time(12), "end": time(14), "zone": "UTC"}
    assert end_of_quiet(moment=at(2026, 1, 5, 13), **noon) == at(2026, 1, 5, 14)
    assert end_of_quiet(moment=at(2026, 1, 5, 11), **noon) is None
    assert end_of_quiet(moment=at(2026, 1, 5, 14), **noon) is None


def test_from_a_time_until_the_same_is_never():
    assert end_of_quiet(moment=at(2026, 1, 5, 0), start=time(0), end=time(0), zone="UTC") is None


@pytest.mark.parametrize("day", [at(2026, 3, 29), at(2026, 10, 25)])
@pytest.mark.parametrize("end", [time(2), time(2, 30), time(3)])
def test_the_end_always_lies_ahead_and_is_not_quiet(day, end):
    """Or whoever waits for it would look again and again."""
    for minutes in range(0, 300, 5):
        moment = day - timedelta(hours=1) + timedelta(minutes=minutes)
        ends = end_of_quiet(moment=moment, start=time(23), end=end, zone="Europe/Berlin")
        if ends is not None:
            assert ends > moment
            assert end_of_quiet(moment=ends, start=time(23), end=end, zone="Europe/Berlin") is None
