"""What somebody prefers, and what holds where nothing was chosen."""

from datetime import datetime

from django.conf import settings

from messages_store.conf_values import time_zone
from messages_store.models import Preferences
from messages_store.quiet_hours import end_of_quiet as _end_of_quiet


def of(*, user_id: int) -> Preferences:
    """As they are stored, or empty ones."""
    return Preferences.objects.filter(pk=user_id).first() or Preferences()


def choose_digest(*, user_id: int, on: bool) -> None:
    """Turn the daily mail on or off. The first one comes when its hour next strikes."""
    if of(user_id=user_id).digest != on:
        Preferences.objects.update_or_create(pk=user_id, defaults={"digest": on, "digest_at": None})


def language(*, preferences: Preferences) -> str:
    return preferences.language or settings.LANGUAGE_CODE


def zone(*, preferences: Preferences) -> str:
    """The time zone, unless it is none any more: they are renamed now and then."""
    try:
        return time_zone(preferences.time_zone)
    except ValueError:
        return settings.IM_TIME_ZONE


def end_of_quiet(*, preferences: Preferences, moment: datetime) -> datetime | None:
    """When the quiet hours end that this moment is in; None where it is in none."""
    hours = settings.IM_QUIET_HOURS
    if preferences.quiet_from is not None:
        hours = preferences.quiet_from, preferences.quiet_until
    if not hours:
        return None
    return _end_of_quiet(moment=moment, start=hours[0], end=hours[1], zone=zone(preferences=preferences))
