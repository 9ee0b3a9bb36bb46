"""Reminding: what is due is claimed, tried, and its outcome written down.

A claim is one transaction: it locks what is due, then the inboxes of those it is for, and looks again whether a device
has acknowledged meanwhile. An ack takes the same lock, so that one which was seen is never followed by a claim. What
goes over a network is tried after that transaction, under a claim that lapses: where somebody is killed in between,
another takes it up, with the same id. What stays on the machine (`within_transaction`) is tried last within it.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q

from messages_store.models import Inbox, Preferences, Reminder, Spell
from messages_store.models.attempted import Attempted
from messages_store.notifiers import Notifier, NotifyError, Outgoing
from messages_store.sql import now

from . import outgoing, preferring, spells, waiting

FIRST_WAIT = 10.0  # seconds from the first attempt to the second; then twice as long each time
LONGEST_WAIT = 3_600.0
LONGEST_ASKED = 86_400.0  # seconds that the other side may ask us to wait
LONGEST_AGAIN = 2_592_000.0  # seconds from one reminder of a spell to the next
LATER = timedelta(seconds=1)  # until what a look is at is tried
SPARE = 4  # reminders that are looked at beyond those that are wanted, since an inbox may be locked
Outcome = Reminder.Outcome
REVIVABLE = (Outcome.WAITING, Outcome.FAILED, Outcome.GIVEN_UP)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reminder or a digest that nobody else tries until its claim lapses, and what goes out."""

    id: int
    claim: str
    outgoing: Outgoing


@transaction.atomic
def claim(*, notifier: Notifier, limit: int) -> tuple[list[Claimed], list[str]]:
    """Claim what is due by this notifier, at most so many; and the outcomes of what is due but does not go out now."""
    moment = now()
    claimed, rest = [], []
    for reminder, box in _lock_due(notifier, limit, moment):
        if told := or_put_off(row=reminder, prepare=partial(_prepare, reminder, notifier, box, moment), moment=moment):
            # Twice as long as it may take: when it lapses, nobody is at it any more.
            reminder.claim, reminder.next_at = uuid4().hex, moment + timedelta(seconds=2 * settings.IM_NOTIFY_SECONDS)
            claimed.append(Claimed(reminder.pk, reminder.claim, told))
        else:
            rest.append(reminder.outcome)
        reminder.save()
    return claimed, rest


def or_put_off(*, row: Attempted, prepare: Callable[[], Outgoing | None], moment: datetime) -> Outgoing | None:
    """What goes out; where that cannot be told, it waits, and holds up none of those behind it."""
    try:
        return prepare()
    except DatabaseError:  # the transaction is over
        raise
    except Exception as error:
        logger.exception("%s cannot be prepared", row)
        row.refresh_from_db()
        row.error, row.next_at = f"{type(error).__name__}: {error}"[:500], moment + timedelta(seconds=LONGEST_WAIT)
        return None


@transaction.atomic
def remind_one(*, notifier: Notifier) -> str | None:
    """Claim, try and end one that is due, all in one transaction, for what is `within_transaction`.

    Its outcome; None where none is due. Everything is written before it is tried, and the commit follows at once: only
    whoever is killed between these two leaves a line that another one writes again.
    """
    moment = now()
    for reminder, box in _lock_due(notifier, 1, moment):
        told = or_put_off(row=reminder, prepare=partial(_prepare, reminder, notifier, box, moment), moment=moment)
        reminder.save()
        if told is not None:
            before = transaction.savepoint()  # and not released: that would be a journey more before the commit
            _end(reminder, None, moment)
            if error := attempt(notifier=notifier, outgoing=told):
                transaction.savepoint_rollback(before)
                reminder.refresh_from_db()
                _end(reminder, error, moment)
        return reminder.outcome
    return None


def attempt(*, notifier: Notifier, outgoing: Outgoing) -> NotifyError | None:
    """Try it; why it did not go out. A bug in a notifier is a failed attempt, and told."""
    try:
        notifier.notify(outgoing)
    except NotifyError as error:
        logger.warning("Reminder %s did not go out by %s: %s", outgoing.id, notifier.name, error)
        return error
    except Exception as error:
        logger.exception("The notifier %s fails", notifier.name)
        return NotifyError(f"{type(error).__name__}: {error}")
    return None


def is_due(*, notifier: Notifier) -> bool:
    """Whether there is something to claim."""
    return Reminder.objects.due(now()).filter(notifier=notifier.name).exists()


@transaction.atomic
def finish(*, claimed: Claimed, error: NotifyError | None = None) -> str | None:
    """Write down what became of it; the outcome, or None where the claim is somebody else's by now."""
    found = Reminder.objects.filter(pk=claimed.id, claim=claimed.claim)
    reminder = found.select_for_update(no_key=True).first()
    if reminder is None:
        return None
    _end(reminder, error, now())
    return reminder.outcome


# By hand


@transaction.atomic
def remind_now(*, reminder_ids: Iterable[int]) -> int:
    """Make these due at once, quiet hours or not, with all their attempts before them; how many.

    Not what went out or came too late, nor what somebody is at.
    """
    moment = now()
    again = Reminder.objects.filter(pk__in=_lock(reminder_ids), outcome__in=REVIVABLE)
    return again.filter(Q(claim="") | Q(next_at__lte=moment)).update(
        outcome=Outcome.WAITING,
        error="",
        forced=True,
        attempts=0,
        due_at=moment,
        next_at=moment,
        claim="",
        ended_at=None,
    )


@transaction.atomic
def give_up(*, reminder_ids: Iterable[int]) -> int:
    """Remind nobody of these, nor again in their spells; how many. What somebody is at may still go out."""
    waits = Reminder.objects.waiting().filter(pk__in=_lock(reminder_ids))
    return waits.update(outcome=Outcome.GIVEN_UP, ended_at=now())


def _lock(reminder_ids: Iterable[int]) -> list[int]:
    """In the order in which everybody locks several of them: an update alone would lock them in any."""
    found = Reminder.objects.filter(pk__in=list(reminder_ids)).order_by("pk").select_for_update(no_key=True)
    return list(found.values_list("pk", flat=True))


# Claimed


def _lock_due(notifier: Notifier, limit: int, moment: datetime) -> list[tuple[Reminder, Inbox]]:
    """Reminders that are due, locked together with the inboxes of those they are for.

    Nobody is waited for: whose inbox is being written to at this moment lets a few others go first.
    """
    due = Reminder.objects.due(moment).filter(notifier=notifier.name).select_related("user")
    reminders = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",))[: limit + SPARE])
    boxes = Inbox.objects.filter(pk__in={reminder.user_id for reminder in reminders}).order_by("pk")
    locked = {box.pk: box for box in boxes.select_for_update(skip_locked=True, no_key=True)} if reminders else {}
    found = [(reminder, locked[reminder.user_id]) for reminder in reminders if reminder.user_id in locked]
    return found[:limit]


def _prepare(reminder: Reminder, notifier: Notifier, box: Inbox, moment: datetime) -> Outgoing | None:
    """What goes out, with the attempt counted; or None, and the reminder is ended or put off. The caller saves it."""
    reminder.claim = ""
    user = reminder.user
    spell = Spell.objects.get(pk=user.pk)
    gathered = waiting.gather(user_id=user.pk, after=max(box.acked_seq, spell.first_seq - 1), up_to=spell.up_to_seq)
    is_its = reminder.spell == spell.first_seq
    if gathered is None and is_its and box.acked_seq < spell.up_to_seq and not spells.forget(spell=spell):
        reminder.next_at = moment + LATER
        return None
    over = spells.reason_of(reminder=reminder, acked_seq=box.acked_seq, floor_seq=box.floor_seq)
    if reason := ("" if gathered and is_its else over) or _reason_not_to(reminder, notifier):
        reminder.outcome, reminder.error, reminder.ended_at = Outcome.CANCELLED, reason, moment
        return None
    preferences, goes_anyway = preferring.of(user_id=user.pk), gathered.urgent or reminder.forced
    if not goes_anyway and (end := preferring.end_of_quiet(preferences=preferences, moment=moment)):
        reminder.due_at = reminder.next_at = end
        return None
    if reminder.attempts >= settings.IM_NOTIFY_ATTEMPTS:  # whoever was at it was killed each time, perhaps by it
        _end(reminder, NotifyError("No attempt came to its end."), moment)
        return None
    reminder.attempts += 1
    reminder.attempted_at = moment
    for name in ("from_seq", "up_to_seq", "messages", "conversations", "notifications"):
        setattr(reminder, name, getattr(gathered, name))
    return _outgoing(reminder, gathered, preferences)


def _reason_not_to(reminder: Reminder, notifier: Notifier) -> str:
    if not reminder.user.is_active:
        return "The account is disabled."
    if not spells.is_on(user_id=reminder.user_id, name=notifier.name):
        return "It was turned off."
    return "" if spells.reaches(notifier=notifier, user=reminder.user) else "There is no address any more."


def _outgoing(reminder: Reminder, gathered: waiting.Gathered, preferences: Preferences) -> Outgoing:
    return outgoing.to(
        user=reminder.user,
        preferences=preferences,
        turns_off=reminder.notifier,
        id=str(reminder.key),
        **outgoing.numbers(of=gathered),
        titles=waiting.titles(entries=gathered.shown),
        number=reminder.number,
    )


# Ended


def _end(reminder: Reminder, error: NotifyError | None, moment: datetime) -> None:
    """Write down how the attempt ended, and when the next one is, or the next reminder of the spell."""
    reminder.claim = ""
    reminder.error = error.reason if error else ""
    if error is None:
        is_given_up = reminder.outcome == Outcome.GIVEN_UP
        reminder.outcome, reminder.ended_at = Outcome.SENT, moment
        if not is_given_up:
            _plan_next(reminder, moment)
    elif reminder.outcome == Outcome.WAITING and (error.permanent or reminder.attempts >= settings.IM_NOTIFY_ATTEMPTS):
        reminder.outcome, reminder.ended_at = Outcome.FAILED, moment
        if not error.permanent:  # the other side may be there again by then
            _plan_next(reminder, moment)
    elif reminder.outcome == Outcome.WAITING:  # and what was given up meanwhile stays so
        reminder.next_at = moment + timedelta(seconds=wait(attempts=reminder.attempts, asked=error.retry_after))
    reminder.save()


def wait(*, attempts: int, asked: float | None = None) -> float:
    """Seconds from this attempt, counted from 1, to the next one; `asked`: what the other side asked for."""
    growing = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    return max(growing, min(asked or 0.0, LONGEST_ASKED))


def again_after(*, number: int) -> float:
    """Seconds from this reminder of a spell, counted from 1, to the next one."""
    return min(settings.IM_REMIND_AGAIN_SECONDS * 2 ** min(number - 1, 20), LONGEST_AGAIN)


def _plan_next(reminder: Reminder, moment: datetime) -> None:
    if reminder.number >= settings.IM_REMIND_MOST:
        return
    due_at = moment + timedelta(seconds=again_after(number=reminder.number))
    following = Reminder(
        user_id=reminder.user_id,
        notifier=reminder.notifier,
        spell=reminder.spell,
        number=reminder.number + 1,
        due_at=due_at,
        next_at=due_at,
        from_seq=reminder.from_seq,
        up_to_seq=reminder.up_to_seq,
    )
    Reminder.objects.bulk_create([following], ignore_conflicts=True)
