from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Ticket(models.Model):
    """Opens one socket, once and soon, for who can send neither a cookie nor a header. Only its digest is kept.

    It stands for what asked for it: where that is gone, so is the ticket, and the socket that it opened.
    """

    digest = models.CharField(max_length=64, primary_key=True, help_text=_("SHA-256 of the ticket, in hex"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name=_("user")
    )
    token = models.ForeignKey(
        "Token", models.CASCADE, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("token")
    )
    session_key = models.TextField(blank=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"
