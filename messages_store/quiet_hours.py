"""Quiet hours: when nobody is reminded of what is not urgent. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def end_of_quiet(*, moment: datetime, start: time, end: time, zone: str) -> datetime | None:
    """When the quiet hours end that this moment is in; None where it is in none.

    From `start` to `end` by the clock on the wall there, over midnight where `end` comes before `start`. An hour that a
    change of the clocks takes away or gives twice is as quiet as its name.
    """
    here = moment.astimezone(ZoneInfo(zone))
    if start == end:
        return None
    quiet = start <= here.time() < end if start < end else here.time() >= start or here.time() < end
    if not quiet:
        return None
    day = here.date() + timedelta(days=int(here.time() >= end))
    return max(datetime.combine(day, end, tzinfo=here.tzinfo).astimezone(moment.tzinfo), moment)
