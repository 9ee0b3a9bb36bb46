from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class TokenQuerySet(models.QuerySet):
    def good(self) -> "TokenQuerySet":
        """Those whose time is not over, by the database's clock."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=Now()))


class Token(models.Model):
    """A key that signs a program in as a user. Only its digest is kept, and its beginning to know it again by."""

    digest = models.CharField(max_length=64, primary_key=True, help_text=_("SHA-256 of the key, in hex"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    prefix = models.CharField(_("begins with"), max_length=16, blank=True, default="", db_default="")
    name = models.CharField(
        _("name"), max_length=100, blank=True, default="", db_default="", help_text=_("what it is for")
    )
    scopes = models.JSONField(_("scopes"), null=True, blank=True, help_text=_("none: all that the user may"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, help_text=_("empty: never"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.prefix or self.digest[:8]}…"
