from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .attempted import Attempted, outcome_rules


class Digest(Attempted):
    """One person's mail of one day, that lists what was unread for long. Days without such a thing have none.

    `day` is the person's own, and ends at `until_at`: what has not gone out by then, does not.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests", db_index=False, verbose_name=_("user")
    )
    day = models.DateField(_("day"), help_text=_("in the time zone that the person had"))
    until_at = models.DateTimeField(_("not after"), help_text=_("the end of that day"))

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="digest_once_per_day"),
            *outcome_rules("digest"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(outcome="waiting"), name="digest_waiting"),
            models.Index(fields=["outcome", "id"], name="digest_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
