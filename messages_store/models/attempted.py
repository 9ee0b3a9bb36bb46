from uuid import uuid4

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AttemptedQuerySet(models.QuerySet):
    def waiting(self) -> "AttemptedQuerySet":
        return self.filter(outcome=Attempted.Outcome.WAITING)

    def due(self, moment) -> "AttemptedQuerySet":
        """What anybody may claim at this moment, the one that has waited longest first."""
        return self.waiting().filter(next_at__lte=moment).order_by("next_at", "pk")


class Attempted(models.Model):
    """What goes out to one person: when it is due, who is at it, and what became of it.

    Whoever claims it writes a `claim` of its own and moves `next_at` to where the claim lapses; only under that claim
    the outcome is written.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", pgettext_lazy("a reminder", "sent")  # to a server; of a delivery it means by a device
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        GIVEN_UP = "given_up", _("given up")

    key = models.UUIDField(_("id"), default=uuid4, editable=False, unique=True, help_text=_("the same in each attempt"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, default=Outcome.WAITING)
    error = models.CharField(_("reason"), max_length=500, blank=True)
    attempts = models.IntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    due_at = models.DateTimeField(_("due"))
    next_at = models.DateTimeField(_("not before"), help_text=_("the next attempt, or where a claim lapses"))
    claim = models.CharField(_("claim"), max_length=32, blank=True, default="")
    attempted_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    messages = models.IntegerField(_("messages"), default=0)
    conversations = models.IntegerField(_("conversations"), default=0)
    notifications = models.JSONField(_("notifications"), default=dict, help_text=_("how many, by level"))

    objects = AttemptedQuerySet.as_manager()

    class Meta:
        abstract = True


def outcome_rules(name: str) -> list[models.CheckConstraint]:
    """What the database enforces of each of them."""
    return [
        models.CheckConstraint(
            condition=models.Q(outcome__in=["waiting", "sent", "failed", "cancelled", "given_up"]),
            name=f"{name}_outcome_is_known",
        ),
        models.CheckConstraint(
            condition=models.Q(outcome="waiting", ended_at__isnull=True)
            | (~models.Q(outcome="waiting") & models.Q(ended_at__isnull=False)),
            name=f"{name}_ended_has_its_time",
        ),
    ]
