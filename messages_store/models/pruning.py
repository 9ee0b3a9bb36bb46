from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Pruning(models.Model):
    """How far the pruning of one kind of thing has come. Written after each chunk: a process that is killed loses one
    chunk of the count, and nothing else, since what is pruned is told by the floors.

    The row is about the run whose mark it has. A run that finds another one alive adds to the total alone.
    """

    class What(models.TextChoices):
        ENTRIES = "entries", _("inbox entries")
        MESSAGES = "messages", _("messages")
        NOTIFICATIONS = "notifications", _("notifications")
        REMINDERS = "reminders", _("reminders")
        DIGESTS = "digests", _("digests")

    ALIVE = 60  # seconds after its last chunk; whose run has not ended by then, was killed

    what = models.CharField(_("what"), max_length=13, choices=What, primary_key=True)
    began_at = models.DateTimeField(_("began"), db_default=Now(), help_text=_("the present or the last run"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, help_text=_("empty: it runs, or was killed"))
    beat_at = models.DateTimeField(_("last chunk"), db_default=Now())
    run = models.CharField(_("run"), max_length=32, blank=True, default="", db_default="")
    place = models.BigIntegerField(_("at"), default=0, help_text=_("the user, conversation or notification it is at"))
    done = models.BigIntegerField(_("in this run"), default=0)
    total = models.BigIntegerField(_("ever"), default=0)

    class Meta:
        verbose_name = _("pruning")
        verbose_name_plural = _("pruning")

    def __str__(self) -> str:
        return self.get_what_display()
