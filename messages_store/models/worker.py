from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A process that does what waits: reminders and long fan-outs. One that does not beat has lapsed."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    beat_at = models.DateTimeField(_("last beat"), db_default=Now())

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


class Chore(models.Model):
    """Something that is done every so often by whichever worker comes first, and not more often if there are many."""

    name = models.CharField(_("name"), max_length=50, primary_key=True)
    next_at = models.DateTimeField(_("not before"), db_default=Now())

    class Meta:
        verbose_name = _("chore")
        verbose_name_plural = _("chores")

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How many reminders ended so, for the metrics; and digests, as if by a notifier of that name.

    Written with a worker's beat: one that is killed loses a few.
    """

    notifier = models.CharField(_("notifier"), max_length=100)
    outcome = models.CharField(_("outcome"), max_length=9)
    count = models.BigIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [models.UniqueConstraint(fields=["notifier", "outcome"], name="tally_once_per_outcome")]

    def __str__(self) -> str:
        return f"{self.notifier} {self.outcome}: {self.count}"
