"""The digest: one mail a day, to those who chose it, of what they left unread for long. By `email`.

A look finds whose hour has come and writes down the day's digest, unique per person and day. It is claimed in one
transaction, which reads anew what is unread; tried after it, under a claim that lapses; and its outcome written down
under that claim, as reminders are.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from messages_store import daily, notifiers
from messages_store.models import Digest, Preferences, User
from messages_store.notifiers import DIGEST, Notifier, NotifyError, Outgoing
from messages_store.sql import ago, now

from . import outgoing, preferring, spells, unread
from .reminding import Claimed, or_put_off, wait
from .unread import Unread

BY = "email"
AT_ONCE = 20  # people that one transaction looks at
READ = "All of it was read."
TOO_LATE = "The day was over."
QUIET = "It was quiet for the rest of the day."
Outcome = Digest.Outcome
logger = logging.getLogger(__name__)


def is_possible() -> bool:
    """Whether there is a notifier that it goes out by."""
    return BY in notifiers.load()


# Found


def look(*, notifier: Notifier) -> int:
    """Write down the digests of the next people whose hour has come; how many people it looked at."""
    moment = now()
    found = list(Preferences.objects.due_for_digest(moment).select_related("user")[:AT_ONCE])
    # Read before the transaction: that may take long, and on SQLite nobody else could write meanwhile.
    wanted = {one.pk for one in found if _strikes(one, moment) and _wants(one.user, notifier, moment)}
    return _write_down([one.pk for one in found], wanted, moment) if found else 0


@transaction.atomic
def _write_down(user_ids: list[int], wanted: set[int], moment: datetime) -> int:
    """Whoever else looks at one of them is left to it."""
    due = Preferences.objects.due_for_digest(moment).filter(pk__in=user_ids).select_related("user").order_by("pk")
    locked = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",)))
    for preferences in locked:
        day = _day(preferences, moment)
        if preferences.pk in wanted and _strikes(preferences, moment):
            digest = Digest(user=preferences.user, day=day.date, due_at=day.at, next_at=moment, until_at=day.ends)
            Digest.objects.bulk_create([digest], ignore_conflicts=True)
        preferences.digest_at = day.at if moment < day.at else day.next
        preferences.save(update_fields=["digest_at"])
    return len(locked)


def _strikes(preferences: Preferences, moment: datetime) -> bool:
    """Whether it is past the hour of a day that was waited for. Who has just chosen it waits for the next one."""
    return preferences.digest_at is not None and moment >= _day(preferences, moment).at


def _day(preferences: Preferences, moment: datetime) -> daily.Day:
    zone = preferring.zone(preferences=preferences)
    return daily.day_of(moment=moment, hour=settings.IM_DIGEST_HOUR, zone=zone)


def _wants(user: User, notifier: Notifier, moment: datetime) -> bool:
    """Whether there is somebody to write to, and something to write of. What fails for one holds up no other."""
    try:
        return _is_reached(user, notifier) and _gather(user, moment) is not None
    except (OperationalError, InterfaceError):  # the store is away: all of it again
        raise
    except Exception:
        logger.exception("What user %s has not read cannot be told; no digest today", user.pk)
        return False


def _is_reached(user: User, notifier: Notifier) -> bool:
    is_person = user.is_active and user.kind != User.Kind.SERVICE
    return is_person and spells.reaches(notifier=notifier, user=user)


def _gather(user: User, moment: datetime) -> Unread | None:
    return unread.gather(user_id=user.pk, before=moment - timedelta(hours=settings.IM_DIGEST_AFTER_HOURS))


def is_late(*, by: float) -> bool:
    """Whether somebody's hour came so many seconds ago, or a digest was due, and no worker took it up."""
    chosen = Preferences.objects.filter(digest=True, digest_at__lt=ago(by))
    return chosen.exists() or Digest.objects.waiting().filter(next_at__lt=ago(by)).exists()


# Claimed


def is_due(*, notifier: Notifier) -> bool:
    """Whether there is something to claim."""
    return Digest.objects.due(now()).exists()


@transaction.atomic
def claim(*, notifier: Notifier, limit: int) -> tuple[list[Claimed], list[str]]:
    """Claim what is due, at most so many; and the outcomes of what is due but does not go out now."""
    moment = now()
    claimed, rest = [], []
    due = Digest.objects.due(moment).select_related("user")
    for digest in due.select_for_update(skip_locked=True, no_key=True, of=("self",))[:limit]:
        digest.claim = ""
        if told := or_put_off(row=digest, prepare=partial(_prepare, digest, notifier, moment), moment=moment):
            digest.claim = uuid4().hex
            # What kills whoever is at it, is tried again after growing waits too.
            digest.next_at = moment + max(timedelta(seconds=2 * settings.IM_NOTIFY_SECONDS), _wait(digest, None))
            claimed.append(Claimed(digest.pk, digest.claim, told))
        else:
            rest.append(digest.outcome)
        digest.save()
    return claimed, rest


def _prepare(digest: Digest, notifier: Notifier, moment: datetime) -> Outgoing | None:
    """What goes out, with the attempt counted; or None, and the digest is ended or put off. The caller saves it."""
    if moment >= digest.until_at:
        _end(digest, Outcome.FAILED, digest.error or TOO_LATE, moment)
        return None
    preferences = preferring.of(user_id=digest.user_id)
    end = preferring.end_of_quiet(preferences=preferences, moment=moment)
    gathered = _gather(digest.user, moment)
    if reason := _reason_not_to(digest, notifier, preferences) or (QUIET if end and end >= digest.until_at else ""):
        _end(digest, Outcome.CANCELLED, reason, moment)
    elif gathered is None:
        _end(digest, Outcome.CANCELLED, READ, moment)
    elif end:
        digest.next_at = end
    else:
        digest.attempts += 1
        digest.attempted_at = moment
        for name in ("messages", "conversations", "notifications"):
            setattr(digest, name, getattr(gathered, name))
        return _outgoing(digest, gathered, preferences)
    return None


def _reason_not_to(digest: Digest, notifier: Notifier, preferences: Preferences) -> str:
    if not preferences.digest:
        return "It was turned off."
    return "" if _is_reached(digest.user, notifier) else "There is nobody to write to any more."


def _outgoing(digest: Digest, gathered: Unread, preferences: Preferences) -> Outgoing:
    return outgoing.to(
        user=digest.user,
        preferences=preferences,
        turns_off=DIGEST,
        id=str(digest.key),
        **outgoing.numbers(of=gathered),
        titles=tuple(item.title for item in gathered.items[:3]),
        number=1,
        kind=DIGEST,
        items=gathered.items,
    )


# Ended


@transaction.atomic
def finish(*, claimed: Claimed, error: NotifyError | None = None) -> str | None:
    """Write down what became of it; the outcome, or None where the claim is somebody else's by now."""
    found = Digest.objects.filter(pk=claimed.id, claim=claimed.claim)
    digest = found.select_for_update(no_key=True).first()
    if digest is None:
        return None
    moment = now()
    digest.claim = ""
    if error is None:
        _end(digest, Outcome.SENT, "", moment)
    elif digest.outcome == Outcome.WAITING:  # and what was given up meanwhile stays so
        digest.error, digest.next_at = error.reason, moment + _wait(digest, error)
        if error.permanent or digest.next_at >= digest.until_at:
            _end(digest, Outcome.FAILED, error.reason, moment)
    digest.save()
    return digest.outcome


def give_up(*, digest_ids: list[int]) -> int:
    """Let these not go out; how many. What somebody is at may still do."""
    with transaction.atomic():
        waits = Digest.objects.waiting().filter(pk__in=digest_ids).order_by("pk").select_for_update(no_key=True)
        found = list(waits.values_list("pk", flat=True))
        return Digest.objects.filter(pk__in=found).update(outcome=Outcome.GIVEN_UP, ended_at=now())


def _wait(digest: Digest, error: NotifyError | None) -> timedelta:
    return timedelta(seconds=wait(attempts=digest.attempts, asked=error.retry_after if error else None))


def _end(digest: Digest, outcome: str, reason: str, moment: datetime) -> None:
    digest.outcome, digest.error, digest.ended_at = outcome, reason, moment
