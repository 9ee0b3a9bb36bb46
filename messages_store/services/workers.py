"""Workers as leases, what each of them does only now and then, and whether one is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Min

from messages_store.models import Chore, Digest, Notification, Pruning, Reminder, Tally, Worker
from messages_store.notifiers import DIGEST
from messages_store.sql import ago, now

from . import digesting, spells

BEATS = 3  # a worker that misses so many has lapsed
FORGOTTEN = 86_400  # seconds after its last beat
LOOK = "look for reminders"


def lapse_seconds() -> float:
    return BEATS * settings.IM_BEAT_SECONDS


@transaction.atomic
def beat(*, name: str, ended: Mapping[tuple[str, str], int]) -> None:
    """Say that this worker lives, and how many reminders ended since the last beat, by notifier and outcome."""
    Worker.objects.update_or_create(name=name, defaults={"beat_at": now()})
    for (notifier, outcome), count in sorted(ended.items()):
        tally, _ = Tally.objects.get_or_create(notifier=notifier, outcome=outcome)
        Tally.objects.filter(pk=tally.pk).update(count=F("count") + count)
    Worker.objects.filter(beat_at__lt=ago(FORGOTTEN)).delete()


def leave(*, name: str) -> None:
    """This worker ends."""
    Worker.objects.filter(name=name).delete()


def take(*, chore: str, every: float) -> bool:
    """Whether this is to be done now, by whoever asks: it was last begun so many seconds ago, or never."""
    Chore.objects.get_or_create(name=chore)
    moment = now()
    due = Chore.objects.filter(name=chore, next_at__lte=moment)
    return due.update(next_at=moment + timedelta(seconds=every)) == 1


def is_there() -> bool:
    """Whether some worker does what waits, or nothing waits for one."""
    return Worker.objects.filter(beat_at__gt=ago(lapse_seconds())).exists() or not _waits()


@dataclass(frozen=True, slots=True)
class Standing:
    """For the metrics: reminders that are due, how late the first of them is in seconds, and how many ended how, by
    notifier and outcome; the same of digests, by outcome; and how much was pruned of what."""

    due: int
    oldest: float
    ended: dict[tuple[str, str], int]
    digests_due: int
    digests_ended: dict[str, int]
    pruned: dict[str, int]


def standing() -> Standing:
    """Of the whole site, whichever node is asked."""
    moment = now()
    late = Reminder.objects.waiting().filter(next_at__lte=moment).aggregate(count=Count("pk"), first=Min("next_at"))
    tallies = list(Tally.objects.values_list("notifier", "outcome", "count"))
    return Standing(
        due=late["count"],
        oldest=(moment - late["first"]).total_seconds() if late["first"] else 0.0,
        ended={(name, outcome): count for name, outcome, count in tallies if name != DIGEST},
        digests_due=Digest.objects.due(moment).count(),
        digests_ended={outcome: count for name, outcome, count in tallies if name == DIGEST},
        pruned=dict(Pruning.objects.values_list("what", "total")),
    )


def _waits() -> bool:
    """Whether something waits for longer than a worker that lives would let it."""
    late = ago(lapse_seconds())
    if Notification.objects.unfinished().filter(created_at__lt=late).exists():
        return True
    if not settings.IM_NOTIFIERS:
        return False
    names = _names()
    if Reminder.objects.waiting().filter(next_at__lt=late, notifier__in=names).exists():
        return True
    if digesting.BY in names and digesting.is_late(by=lapse_seconds()):
        return True
    return spells.is_new(older_than=settings.IM_REMIND_AFTER_SECONDS + lapse_seconds())


def _names() -> list[str]:
    from messages_store import notifiers

    return list(notifiers.load())
