from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PushSubscription(models.Model):
    """A browser that shows reminders: where its push service is, and the keys by which only it can read them.

    It ends with what signed in who asked for it: a session, or a token.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_subscriptions", verbose_name=_("user")
    )
    sign_in = models.ForeignKey(
        "SignIn",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="push_subscriptions",
        verbose_name=_("sign-in"),
    )
    token = models.ForeignKey("Token", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("token"))
    endpoint = models.CharField(_("endpoint"), max_length=1_000, unique=True)
    p256dh = models.CharField(_("public key"), max_length=100)
    auth = models.CharField(_("authentication secret"), max_length=50)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    last_ok_at = models.DateTimeField(_("last taken"), null=True, blank=True)
    last_failed_at = models.DateTimeField(_("last failed"), null=True, blank=True)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class WeChatAccount(models.Model):
    """Who a user is for our WeChat service account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="wechat", verbose_name=_("user")
    )
    openid = models.CharField(_("openid"), max_length=64, unique=True)
    linked_at = models.DateTimeField(_("linked"), db_default=Now())
    refused_at = models.DateTimeField(
        _("refused"),
        null=True,
        blank=True,
        help_text=_("since then nothing is sent: WeChat said that the user refuses"),
    )

    class Meta:
        verbose_name = _("WeChat account")
        verbose_name_plural = _("WeChat accounts")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.user_id}"


class WeChatToken(models.Model):
    """The access token of a service account: one for all nodes, renewed by whoever holds the claim."""

    app_id = models.CharField(max_length=32, primary_key=True)
    token = models.TextField(blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("WeChat access token")
        verbose_name_plural = _("WeChat access tokens")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.app_id}"
