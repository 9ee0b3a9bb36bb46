"""Quiet hours: when nobody is reminded of what is not urgent. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def end_of_quiet(*, moment: datetime, start: time, end: time, zone: str) -> datetime | None:
    """When the quiet hours end that this moment is in; None where it is in none.

    From `start` to `end` by the clock on the wall there, over midnight where `end` comes before `start`. Where the
    clocks change, an hour that comes twice is quiet both times, and an end that never comes is an hour later.
    """
    here = moment.astimezone(ZoneInfo(zone))
    if start == end:
        return None
    quiet = start <= here.time() < end if start < end else here.time() >= start or here.time() < end
    if not quiet:
        return None
    day = here.date() + timedelta(days=int(here.time() >= end))
    ends = (datetime.combine(day, end.replace(fold=fold), tzinfo=here.tzinfo).astimezone(UTC) for fold in (0, 1))
    return max(ends)
