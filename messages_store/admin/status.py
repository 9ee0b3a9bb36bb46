"""Whether messages arrived: unsent, "2 of 3 sent", or sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messages_store.models import Delivery, Handled, Message
from messages_store.models.inbox import unsent
from messages_store.services import tracing


@dataclass(frozen=True)
class Reach:
    """How many people a message is for, and for how many of them something of it is still unsent.

    People are counted, not inbox entries: somebody has the message when nothing of it (the message, its edits, its
    recall) waits for them. The sender, whose own entry is born sent, is not one of them: a message of Alice's in a
    group of four that only Bob's device acknowledged is "1 of 3 sent". Only where something waits for the sender
    too, such as a recall by somebody else, the sender counts.
    """

    people: int = 0
    waiting: int = 0

    def __str__(self) -> str:
        if not self.waiting:
            return _("sent")
        if self.waiting == self.people:
            return _("unsent")
        return _("%(sent)d of %(people)d sent") % {"sent": self.people - self.waiting, "people": self.people}


def reach(messages: Iterable[Message]) -> dict[int, Reach]:
    """By message id, in two queries for all of them."""
    unsent = Q(status=Delivery.Status.UNSENT)
    own = Q(recipient=F("message__sender"))
    rows = (
        Delivery.objects.filter(message__in=[message.pk for message in messages])
        .values("message")
        .annotate(
            people=Count("recipient", filter=unsent | ~own, distinct=True),
            waiting=Count("recipient", filter=unsent, distinct=True),
        )
    )
    rows = list(rows)
    # Who has nothing of it any more has had it: only where others wait, that makes a difference.
    partly = Message.objects.filter(pk__in=[row["message"] for row in rows if row["waiting"]])
    gone = dict(tracing.with_pruned(messages=partly).values_list("id", "pruned"))
    found = {row["message"]: Reach(row["people"] + gone.get(row["message"], 0), row["waiting"]) for row in rows}
    return {message.pk: found.get(message.pk, Reach()) for message in messages}


def handled(messages: Iterable[Message]) -> dict[int, Handled]:
    """By message id: who has dealt with it and when. One query for all of them."""
    found = Handled.objects.filter(message__in=[message.pk for message in messages]).select_related("by")
    return {one.message_id: one for one in found}


class MessageStatusFilter(admin.SimpleListFilter):
    """Unsent: something of the message waits for somebody, and nobody has dealt with it. Sent: nothing waits."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [*Delivery.Status.choices, ("handled", gettext_lazy("handled"))]

    def queryset(self, request, queryset):
        dealt_with = Exists(Handled.objects.filter(message=OuterRef("pk")))
        match self.value():
            case Delivery.Status.UNSENT:
                return queryset.filter(~dealt_with, pk__in=unsent("message_id"))
            case Delivery.Status.SENT:
                waiting = Delivery.objects.filter(status=Delivery.Status.UNSENT, message=OuterRef("pk"))
                return queryset.filter(~Exists(waiting))
            case "handled":
                return queryset.filter(dealt_with)
        return queryset


class DeliveryStatusFilter(admin.SimpleListFilter):
    """Unsent deliveries are found through the inboxes: nothing indexes their status."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return Delivery.Status.choices

    def queryset(self, request, queryset):
        match self.value():
            case Delivery.Status.UNSENT:
                return queryset.unsent()
            case Delivery.Status.SENT:
                return queryset.filter(status=Delivery.Status.SENT)
        return queryset
