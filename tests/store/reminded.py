"""Reminding without a worker: what is due is found and tried at once, by notifiers that remember whom they told."""

from messages_store.models import Reminder
from messages_store.notices import Notice
from messages_store.notifiers import Notifier
from messages_store.services import notifying, reminding, spells


class Heard(Notifier):
    """Remembers whom it told; `fails` is raised instead."""

    name = "heard"

    def __init__(self):
        self.told, self.fails, self.reached = [], None, True

    def reaches(self, user):
        return self.reached

    def notify(self, outgoing):
        if self.fails:
            raise self.fails
        self.told.append(outgoing)


class HeardHere(Heard):
    within_transaction = True


def look(*known: Notifier) -> int:
    found = 0
    after = 0
    while after is not None:
        seen = spells.look(notifiers={one.name: one for one in known}, after=after)
        found, after = found + seen.begun, seen.next
    return found


def remind(notifier: Notifier) -> list:
    """Look, and try all that is due; what it told by that."""
    before = len(notifier.told)
    look(notifier)
    if notifier.within_transaction:
        while reminding.remind_one(notifier=notifier):
            pass
    else:
        claimed = rest = [None]
        while claimed or rest:
            claimed, rest = reminding.claim(notifier=notifier, limit=3)
            for one in claimed:
                error = reminding.attempt(notifier=notifier, outgoing=one.outgoing)
                assert reminding.finish(claimed=one, error=error)
    return notifier.told[before:]


def outcomes(user) -> list[str]:
    return list(Reminder.objects.filter(user=user).order_by("spell", "number").values_list("outcome", flat=True))


def notify(user, level="info"):
    notice = Notice(users=(user.pk,), title="Lunch", level=level)
    return notifying.notify(sender_id=None, notice=notice).notification
