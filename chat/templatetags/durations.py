"""{% load durations %}"""

from datetime import timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

register = template.Library()

MINUTE = 60  # seconds


@register.filter
def duration(seconds: float) -> str:
    """12 s; from a minute on in words: 4 hours, 29 minutes."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    now = timezone.now()
    return timesince(now - timedelta(seconds=seconds), now)
