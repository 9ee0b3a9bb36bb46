from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NotificationQuerySet(models.QuerySet):
    def unfinished(self) -> "NotificationQuerySet":
        return self.filter(finished_at=None)


class Notification(models.Model):
    """What a service tells many people at once, and how far it has come. Its one message is what they get.

    `audience` says whom it is for: {"users": [id …]}, sorted; beside it, where they were chosen by something else,
    "conversations": [id …] or "everyone": true. Everyone without a list are the active people up to the id `up_to`.
    """

    class Level(models.TextChoices):
        INFO = "info", _("info")
        SUCCESS = "success", _("success")
        WARNING = "warning", _("warning")
        ERROR = "error", _("error")
        URGENT = "urgent", _("urgent")

    message = models.OneToOneField(
        "Message", models.CASCADE, primary_key=True, related_name="notification", verbose_name=_("message")
    )
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="notifications",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("sender"),
    )
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("body"), blank=True)
    url = models.CharField(_("link"), max_length=2_000, blank=True)
    level = models.CharField(_("level"), max_length=7, choices=Level, default=Level.INFO)
    data = models.JSONField(_("data"), null=True, blank=True)
    audience = models.JSONField(_("audience"))
    key = models.CharField(_("idempotency key"), max_length=200, null=True, blank=True)
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the request, in hex"))
    total = models.BigIntegerField(_("recipients"))
    done = models.BigIntegerField(_("delivered to"), default=0)
    cursor = models.BigIntegerField(default=0, help_text=_("the last user that has it; they are served by their ids"))
    up_to = models.BigIntegerField(default=0, help_text=_("the last user that there was"))
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        permissions = [("send_notification", _("Can send notifications"))]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "key"], condition=models.Q(sender__isnull=False), name="notification_once_per_key"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(sender__isnull=True), name="notification_of_the_system_once_per_key"
            ),
            models.CheckConstraint(
                condition=models.Q(done__gte=0, done__lte=models.F("total")), name="notification_done_of_total"
            ),
        ]
        indexes = [
            models.Index(fields=["done"], condition=models.Q(finished_at=None), name="notification_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"  # not its title: who may see that there is one may not read it
