"""What people choose for themselves: language, time zone, quiet hours, and which notifiers remind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from messages_store import notifiers
from messages_store.conf_values import time_zone as known_zone
from messages_store.errors import Invalid
from messages_store.models import NotifierChoice, Preferences, User
from messages_store.notifiers import Notifier

from . import spells

REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
MIDNIGHT = time()
FIELDS = ("language", "time_zone", "quiet_from", "quiet_until", "digest")


@dataclass(frozen=True, slots=True)
class Way:
    """One notifier as somebody sees it. `why_not`: why it does not reach that person, and what to do; else empty.

    `for_operators`: it is no way to reach that person, but tells who runs the site.
    """

    name: str
    title: str
    on: bool
    reaches: bool
    why_not: str
    for_operators: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Empty or None: nothing was chosen, and it is as the site has it. Quiet from and until the same: never.

    `digest`: a daily mail of what has been unread for long.
    """

    language: str
    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    digest: bool
    ways: tuple[Way, ...]

    @property
    def offered(self) -> tuple[Way, ...]:
        """What a page offers: the ways to reach the person; where there are none but the operators' own, those."""
        return tuple(way for way in self.ways if not way.for_operators) or self.ways


def read(*, user: User) -> Chosen:
    """What this user chose, and which notifiers there are."""
    found = Preferences.objects.filter(pk=user.pk).first() or Preferences()
    chosen = spells.choices(user_ids=[user.pk])
    ways = [
        _way(notifier, user, on=chosen.get((user.pk, name), spells.is_on_by_default(name=name)))
        for name, notifier in notifiers.load().items()
    ]
    return Chosen(*[getattr(found, field) for field in FIELDS], tuple(ways))


def _way(notifier: Notifier, user: User, *, on: bool) -> Way:
    reaches = spells.reaches(notifier=notifier, user=user)
    why_not = "" if reaches else str(notifier.unreached)
    return Way(notifier.name, str(notifier.title or notifier.name), on, reaches, why_not, notifier.for_operators)


@transaction.atomic
def change(*, user: User, values: Mapping[str, object], on: Mapping[str, bool] | None = None) -> None:
    """Choose otherwise: some of FIELDS, and notifiers by name on or off. What is not named stays as it is.

    Both ends of the quiet hours, or neither.
    """
    on = on or {}
    if unknown := sorted({*values} - {*FIELDS}) + sorted({*on} - {*notifiers.load()}):
        raise Invalid(_("%(name)s is nothing that can be chosen.") % {"name": unknown[0]})
    known = Preferences.objects.select_for_update().filter(pk=user.pk).first() or Preferences()
    changes = {name for name, value in values.items() if getattr(known, name) != value}
    anew = {"digest_at": None} if changes & {"time_zone", "digest"} else {}  # its hour strikes elsewhere
    if values:
        Preferences.objects.update_or_create(pk=user.pk, defaults={**values, **anew})
    for name in sorted(on):
        NotifierChoice.objects.update_or_create(user_id=user.pk, notifier=name, defaults={"on": on[name]})


@cache
def time_zones() -> tuple[str, ...]:
    """The names to choose from: places, and UTC. Some more are known: abbreviations and older names."""
    return "UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in REGIONS)


def is_time_zone(*, name: str) -> bool:
    try:
        known_zone(name)
    except ValueError:
        return False
    return True
