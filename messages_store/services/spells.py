"""Quiet spells: found by a look at the inboxes that are behind, begun once, and over with the ack.

A look reads each inbox's row and, of those that are behind, only what came since the last look: what was looked through
before, the spell's own row says. So an inbox that is behind for ever costs nothing but that comparison.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Max, Q

from messages_store import sql
from messages_store.models import Inbox, NotifierChoice, Reminder, Spell, User
from messages_store.notifiers import Notifier
from messages_store.sql import Statement, ids, now

from . import waiting
from .waiting import PAGE, Entry

logger = logging.getLogger(__name__)

AT_ONCE = 200  # inboxes that one transaction looks through
OVER = "A device acknowledged it."
GONE = "It is kept no longer."
NOTHING = "Nothing of it counts any more."


BEGIN_ROWS = Statement(
    """
    INSERT INTO messages_store_spell (user_id, first_seq, up_to_seq, looked_seq)
    SELECT wanted.id, 0, 0, 0 FROM {wanted} WHERE true ORDER BY wanted.id ON CONFLICT DO NOTHING""",
    wanted={"id": "bigint"},
)
SAVE = Statement(
    """
    UPDATE messages_store_spell
    SET first_seq = spells.first_seq, up_to_seq = spells.up_to_seq, looked_seq = spells.looked_seq
    FROM {spells} WHERE messages_store_spell.user_id = spells.user_id""",
    spells={"user_id": "bigint", "first_seq": "bigint", "up_to_seq": "bigint", "looked_seq": "bigint"},
)
PLAN = Statement(
    """
    INSERT INTO messages_store_reminder (key, user_id, notifier, spell, number, outcome, error, forced, attempts,
      created_at, due_at, next_at, claim, from_seq, up_to_seq, messages, conversations, notifications)
    SELECT planned.key, planned.user_id, planned.notifier, planned.spell, planned.number, 'waiting', '', false, 0,
      {now}, %(moment)s, %(moment)s, '', planned.from_seq, planned.up_to_seq, 0, 0, '{{}}'
    FROM {planned} WHERE true ON CONFLICT DO NOTHING""",
    planned={
        "key": "uuid",
        "user_id": "bigint",
        "notifier": "text",
        "spell": "bigint",
        "number": "integer",
        "from_seq": "bigint",
        "up_to_seq": "bigint",
    },
)


class Look(NamedTuple):
    """For how many people it found something, and after which user the next look goes on, None: from the first; and how
    many reminders of earlier spells it cancelled, by notifier."""

    begun: int
    next: int | None
    cancelled: Counter[str]


BEHIND = Statement(
    """
    SELECT i.user_id FROM messages_store_inbox i LEFT JOIN messages_store_spell s ON s.user_id = i.user_id
    WHERE i.acked_seq < i.last_seq AND i.user_id > %(after)s AND (s.looked_seq IS NULL OR s.looked_seq < i.last_seq)
    ORDER BY i.user_id LIMIT %(limit)s"""
)


def look(*, notifiers: Mapping[str, Notifier], after: int = 0) -> Look:
    """Look through the next inboxes with something new that is unsent, in the order of their users."""
    found = [user_id for (user_id,) in BEHIND({}, after=after, limit=AT_ONCE)]
    if not found:
        return Look(0, None, Counter())
    BEGIN_ROWS({"wanted": ids(found)})
    begun, cancelled = _look_through(found, notifiers)
    return Look(begun, found[-1] if len(found) == AT_ONCE else None, cancelled)


def reason_of(*, reminder: Reminder, acked_seq: int, floor_seq: int) -> str:
    """Why a reminder comes too late. What was pruned counts as acknowledged, though perhaps no device ever had it."""
    if floor_seq >= reminder.up_to_seq:
        return GONE
    return OVER if acked_seq >= reminder.up_to_seq else NOTHING


def forget(*, spell: Spell) -> bool:
    """End a spell of which nothing counts any more, though no device acknowledged it: what comes next begins another.

    Whether that is done; not where a look is at it or found something new. Within the transaction of a claim, which
    waits for nobody.
    """
    same = Spell.objects.filter(pk=spell.pk, first_seq=spell.first_seq, up_to_seq=spell.up_to_seq)
    if not same.select_for_update(skip_locked=True, no_key=True).exists():
        return False
    return bool(same.update(first_seq=0, up_to_seq=0))


def is_new(*, older_than: float) -> bool:
    """Whether something has been unsent for so many seconds that nobody has looked at. For when nobody looks."""
    found = BEHIND({}, after=0, limit=AT_ONCE)
    boxes = Inbox.objects.filter(user__in=[user_id for (user_id,) in found]).select_related("user__spell")
    moment = now() - timedelta(seconds=older_than)
    windows = [_window(box, getattr(box.user, "spell", None)) for box in boxes]
    unsent = waiting.entries(windows=windows).values()
    return any(entry.counts and entry.stored_at <= moment for found in unsent for entry in found)


def _window(box: Inbox, spell: Spell | None) -> tuple[int, int, int]:
    after = max(box.acked_seq, spell.looked_seq if spell else 0)
    return box.user_id, after, min(box.last_seq, after + PAGE)


class _Found(NamedTuple):
    """What a look found for one user: the entries that count and are old enough."""

    user_id: int
    spell: Spell
    acked_seq: int
    floor_seq: int
    counted: list[Entry]

    @property
    def is_new(self) -> bool:
        """Whether the last spell is over, if there was one."""
        return self.acked_seq >= self.spell.up_to_seq

    @property
    def is_urgent(self) -> bool:
        return any(entry.is_urgent for entry in self.counted)


@transaction.atomic
def _look_through(user_ids: list[int], notifiers: Mapping[str, Notifier]) -> tuple[int, Counter[str]]:
    """Whoever else looks at one of them is left to it; what that one saw, is seen here under the lock."""
    locked = Spell.objects.filter(pk__in=user_ids).order_by("pk").select_for_update(skip_locked=True)
    spells = {spell.pk: spell for spell in locked}
    boxes = Inbox.objects.filter(pk__in=spells, last_seq__gt=F("acked_seq"))
    windows = {box.pk: (box, _window(box, spells[box.pk])) for box in boxes}
    unsent = waiting.entries(windows=[window for _box, window in windows.values()])
    moment = now()
    aged = moment - timedelta(seconds=settings.IM_REMIND_AFTER_SECONDS)
    found = []
    for id, (box, (_user, _after, upto)) in windows.items():
        old = list(takewhile(lambda entry: entry.stored_at <= aged, unsent.get(id, ())))
        young = unsent.get(id, [])[len(old) :]
        spells[id].looked_seq = max(spells[id].looked_seq, young[0].seq - 1 if young else upto)
        counts = [entry for entry in old if entry.counts]
        found.append(_Found(id, spells[id], box.acked_seq, box.floor_seq, counts))
    busy = _busy([one.user_id for one in found if one.is_urgent and not one.is_new], notifiers)
    found = [one for one in found if one.user_id not in busy]  # the next look finds those again
    counted = [one for one in found if one.counted]
    cancelled = _begin([one for one in counted if one.is_new], notifiers, moment)
    _hasten([one for one in counted if not one.is_new and one.is_urgent], notifiers, moment)
    for one in counted:
        one.spell.first_seq = one.counted[0].seq if one.is_new else one.spell.first_seq
        one.spell.up_to_seq = one.counted[-1].seq
    SAVE({"spells": [(one.user_id, one.spell.first_seq, one.spell.up_to_seq, one.spell.looked_seq) for one in found]})
    return len(counted), cancelled


def _busy(user_ids: list[int], notifiers: Mapping[str, Notifier]) -> set[int]:
    """Who of them is being reminded. What waits for the others is locked: nobody claims it before it tells of this."""
    waits = Reminder.objects.waiting().filter(user__in=user_ids, notifier__in=notifiers).order_by("pk")
    locked = waits.select_for_update(no_key=True).values_list("user", "claim")
    return {user_id for user_id, claim in locked if claim}


def _begin(found: list[_Found], notifiers: Mapping[str, Notifier], moment: datetime) -> Counter[str]:
    """The first reminders of a new spell. What waits of the last one comes too late: how many, by notifier."""
    by_user = {one.user_id: one for one in found}
    waits = Reminder.objects.waiting().filter(user__in=by_user, claim="").order_by("pk")
    late = list(waits.select_for_update(no_key=True))
    for reminder in late:
        one = by_user[reminder.user_id]
        reminder.outcome, reminder.ended_at = Reminder.Outcome.CANCELLED, moment
        reminder.error = reason_of(reminder=reminder, acked_seq=one.acked_seq, floor_seq=one.floor_seq)
    Reminder.objects.bulk_update(late, ["outcome", "error", "ended_at"])
    wanted = _wanted(by_user, notifiers)
    _plan([(user, notifier, by_user[user.pk], by_user[user.pk].counted[0].seq, 1) for user, notifier in wanted], moment)
    return Counter(reminder.notifier for reminder in late)


def _hasten(found: list[_Found], notifiers: Mapping[str, Notifier], moment: datetime) -> None:
    """Who is in a spell is reminded again anyway; of what is urgent at once, and though it were once too often."""
    by_user = {one.user_id: one for one in found}
    waits = Reminder.objects.waiting().filter(user__in=by_user, notifier__in=notifiers)
    waiting_for = set(waits.values_list("user", "notifier"))
    # What failed comes again in its own time; but what only waits for the end of quiet hours, waits no more.
    waits.filter(Q(attempts=0) | Q(next_at=F("due_at"))).update(next_at=moment, due_at=moment)
    last = Reminder.objects.filter(user__in=by_user, spell=F("user__spell__first_seq"))
    numbers = {(user, name): most for user, name, most in last.values_list("user", "notifier").annotate(Max("number"))}
    _plan(
        [
            (user, notifier, by_user[user.pk], by_user[user.pk].spell.first_seq, numbers.get(key, 0) + 1)
            for user, notifier in _wanted(by_user, notifiers)
            if (key := (user.pk, notifier.name)) not in waiting_for
        ],
        moment,
    )


def _plan(reminders: list[tuple[User, Notifier, _Found, int, int]], moment: datetime) -> None:
    """Write down what is due now: (whom, by what, of what, in which spell, its number)."""
    rows = [
        (uuid4().hex, user.pk, notifier.name, spell, number, found.counted[0].seq, found.counted[-1].seq)
        for user, notifier, found, spell, number in reminders
    ]
    PLAN({"planned": rows}, moment=sql.moment(moment))


def _wanted(user_ids: Iterable[int], notifiers: Mapping[str, Notifier]) -> list[tuple[User, Notifier]]:
    """Who is to be reminded, and by what: what is on, and has an address."""
    users = User.objects.filter(pk__in=list(user_ids), is_active=True).exclude(kind=User.Kind.SERVICE).order_by("pk")
    users = list(users)
    chosen = choices(user_ids=[user.pk for user in users])
    return [
        (user, notifier)
        for user in users
        for notifier in notifiers.values()
        if chosen.get((user.pk, notifier.name), is_on_by_default(name=notifier.name))
        and reaches(notifier=notifier, user=user)
    ]


def reaches(*, notifier: Notifier, user: User) -> bool:
    """Whether it has an address for this user. One that cannot even say that holds up no other."""
    try:
        return notifier.reaches(user)
    except DatabaseError:
        raise  # the transaction is gone with it
    except Exception:
        logger.exception("The notifier %s fails", notifier.name)
        return False


def choices(*, user_ids: Iterable[int]) -> dict[tuple[int, str], bool]:
    """What these people chose: on or off, by user and notifier."""
    found = NotifierChoice.objects.filter(user__in=list(user_ids))
    return {(user_id, name): on for user_id, name, on in found.values_list("user", "notifier", "on")}


def is_on(*, user_id: int, name: str) -> bool:
    """Whether this notifier reminds this user."""
    return choices(user_ids=[user_id]).get((user_id, name), is_on_by_default(name=name))


def is_on_by_default(*, name: str) -> bool:
    return "all" in settings.IM_NOTIFIERS_ON or name in settings.IM_NOTIFIERS_ON
