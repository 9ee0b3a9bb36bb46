"""A day by the clock on somebody's wall: when its hour comes, and when it ends. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Day:
    """A person's day. `at`: its hour; `ends`: when the next one begins; `next`: that one's hour. All in UTC."""

    date: date
    at: datetime
    ends: datetime
    next: datetime


def day_of(*, moment: datetime, hour: int, zone: str) -> Day:
    """The day that this moment is in, there."""
    today = moment.astimezone(ZoneInfo(zone)).date()
    tomorrow = today + timedelta(days=1)
    return Day(today, _at(today, hour, zone), _at(tomorrow, 0, zone), _at(tomorrow, hour, zone))


def _at(day: date, hour: int, zone: str) -> datetime:
    """Where the clocks change, an hour that comes twice is the first of them, and one that never comes is when it would
    have been."""
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone)).astimezone(UTC)
