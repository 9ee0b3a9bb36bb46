from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SignIn(models.Model):
    """A session as its user knows it: which browser, from where, last seen when.

    The session itself is Django's. Where that is gone, or is its user's no more, this row means nothing; who lists
    them looks. The session engine moves the row along when a session gets a new key, and deletes it with the session.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins", verbose_name=_("user"))
    session_key = models.TextField(_("session key"), unique=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True, help_text=_("as it calls itself"))
    created_at = models.DateTimeField(_("signed in"), db_default=Now())
    seen_at = models.DateTimeField(_("last seen"), db_default=Now())

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    def __str__(self) -> str:
        return f"sign-in {self.pk}"
