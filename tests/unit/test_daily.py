"""When somebody's hour comes: by the clock on the wall there."""

from datetime import UTC, date, datetime, timedelta

import pytest

from messages_store.daily import day_of

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "day", "hour"),
    [
        ("UTC", "2026-11-20 07:59", "2026-11-20", "2026-11-20 08:00"),
        ("UTC", "2026-11-20 23:59", "2026-11-20", "2026-11-20 08:00"),
        ("Asia/Shanghai", "2026-11-19 23:59", "2026-11-20", "2026-11-20 00:00"),
        ("Asia/Kathmandu", "2026-11-20 02:00", "2026-11-20", "2026-11-20 02:15"),
        ("America/New_York", "2026-11-20 04:59", "2026-11-19", "2026-11-19 13:00"),
        ("America/New_York", "2026-11-20 05:00", "2026-11-20", "2026-11-20 13:00"),
        ("Pacific/Kiritimati", "2026-11-19 10:00", "2026-11-20", "2026-11-19 18:00"),
        # The clocks change in between: one day has 23 hours, one has 25.
        ("Europe/Berlin", "2026-03-28 12:00", "2026-03-28", "2026-03-28 07:00"),
        ("Europe/Berlin", "2026-03-29 00:30", "2026-03-29", "2026-03-29 06:00"),
        ("Europe/Berlin", "2026-10-24 22:30", "2026-10-25", "2026-10-25 07:00"),
    ],
)
def test_a_day_and_its_hour_are_those_of_the_place(zone, moment, day, hour):
    found = day_of(moment=at(moment), hour=8, zone=zone)
    assert (found.date, found.at) == (date.fromisoformat(day), at(hour))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-20", 24)])
def test_a_day_ends_where_the_next_one_begins_however_long_it_is(day, hours):
    found = day_of(moment=at(f"{day} 12:00"), hour=0, zone="Europe/Berlin")
    assert found.ends - found.at == hours * HOUR
    assert found.next == found.ends


def test_an_hour_that_never_comes_is_the_one_after_it():
    found = day_of(moment=at("2026-03-29 00:30"), hour=2, zone="Europe/Berlin")
    assert found.at == at("2026-03-29 01:00")  # 03:00 there


def test_an_hour_that_comes_twice_is_the_first():
    found = day_of(moment=at("2026-10-25 01:30"), hour=2, zone="Europe/Berlin")
    assert found.at == at("2026-10-25 00:00")


def test_every_moment_of_a_year_has_a_day_that_it_is_in():
    """Also where midnight never comes, as in Cairo."""
    for zone in ("Africa/Cairo", "Australia/Lord_Howe", "America/St_Johns", "Asia/Beirut"):
        moment = at("2026-01-01 00:00")
        while moment < at("2027-01-01 00:00"):
            found = day_of(moment=moment, hour=0, zone=zone)
            assert found.at <= moment < found.ends == found.next, (zone, moment)
            moment += timedelta(minutes=30)
