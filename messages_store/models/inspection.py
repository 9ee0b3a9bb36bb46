"""What operators did: looked at what people say, and dealt with what did not arrive."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Handled(models.Model):
    """An operator has dealt with this message, so it is no longer listed as unsent. History itself stays as it is."""

    message = models.OneToOneField(
        "Message", models.CASCADE, primary_key=True, related_name="handled", verbose_name=_("message")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    at = models.DateTimeField(_("handled"), db_default=Now())

    class Meta:
        verbose_name = _("handled message")
        verbose_name_plural = _("handled messages")

    def __str__(self) -> str:
        return f"{self.message_id}"


class Look(models.Model):
    """Somebody looked at what others said. Written before it is shown."""

    class What(models.TextChoices):
        LIST = "list", _("list")
        SEARCH = "search", _("search")
        MESSAGE = "message", _("message")
        TRANSCRIPT = "transcript", _("transcript")
        EXPORT = "export", _("export")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="looks", verbose_name=_("by"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    subject = models.CharField(_("how it was asked for"), max_length=500, blank=True)
    messages = models.JSONField(_("messages"), default=list, help_text=_("the ids of those whose text was shown"))
    at = models.DateTimeField(_("when"), db_default=Now())
    address = models.CharField(_("from"), max_length=45, blank=True)

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("looks at messages")

    def __str__(self) -> str:
        return f"{self.by_id}: {self.what}"
