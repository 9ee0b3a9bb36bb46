"""What an operator does about messages: rings again, reminds, notes what is dealt with. History is never changed."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from messages_store.events import Event, as_json, represent
from messages_store.models import Delivery, Handled, Message, Reminder, User


def unsent_events(*, message_ids: Iterable[int]) -> dict[int, list[Event]]:
    """What of these messages waits for somebody, by recipient and in order: what is to be rung again."""
    messages = Message.objects.in_bulk(set(message_ids))
    told = {pk: as_json(represent(message)) for pk, message in messages.items()}  # once, for however many
    waiting = Delivery.objects.filter(message__in=told, status=Delivery.Status.UNSENT).order_by("recipient", "seq")
    events: dict[int, list[Event]] = {}
    for recipient_id, seq, event, message_id in waiting.values_list("recipient", "seq", "event", "message"):
        events.setdefault(recipient_id, []).append(Event(seq, event, told[message_id]))
    return events


def reminders_of(*, message_ids: Iterable[int]) -> list[int]:
    """The reminders by which those are told who have these messages not: by each notifier the last of their spell."""
    unsent = Delivery.objects.filter(
        message__in=set(message_ids),
        status=Delivery.Status.UNSENT,
        event=Delivery.Event.MESSAGE,
        seq__gte=F("recipient__spell__first_seq"),
        seq__lte=F("recipient__spell__up_to_seq"),
    )
    found = Reminder.objects.filter(user__in=unsent.values("recipient"), spell=F("user__spell__first_seq"))
    last = {(user, name): pk for user, name, pk in found.order_by("number").values_list("user", "notifier", "pk")}
    return list(last.values())


@transaction.atomic
def mark_handled(*, message_ids: Iterable[int], by: User) -> int:
    """Note that somebody has dealt with these messages; how many of them nobody had before. Not what is gone."""
    there = Message.objects.filter(pk__in=set(message_ids)).order_by("pk").select_for_update(no_key=True)
    wanted = set(there.values_list("pk", flat=True))
    before = Handled.objects.filter(message__in=wanted).count()
    Handled.objects.bulk_create([Handled(message_id=id, by=by) for id in sorted(wanted)], ignore_conflicts=True)
    return Handled.objects.filter(message__in=wanted).count() - before


def unmark_handled(*, message_ids: Iterable[int]) -> int:
    """Take that back; of how many."""
    return Handled.objects.filter(message__in=list(message_ids)).delete()[0]
