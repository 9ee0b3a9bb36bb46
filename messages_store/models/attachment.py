"""Files that people send, and their pictures of themselves. What is in them lies in the storage `attachments`."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_CHARACTERS = 120


class Attachment(models.Model):
    """A file, from its first byte on: received in parts, looked at, ready, then part of one message, then removed.

    Without a message it is not sent yet, or it is to go: it was recalled, its message was pruned, or nobody sent it.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("receiving")
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="attachments",
        db_index=False,
        verbose_name=_("owner"),
    )
    message = models.ForeignKey(
        "Message", models.SET_NULL, null=True, blank=True, related_name="attachments", verbose_name=_("message")
    )
    name = models.CharField(_("name"), max_length=NAME_CHARACTERS)
    size = models.BigIntegerField(_("announced size"), help_text=_("bytes"))
    received = models.BigIntegerField(_("received"), default=0, help_text=_("bytes"))
    parts = models.JSONField(
        _("parts"), default=list, blank=True, help_text=_("what was received, by its names in the storage")
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.RECEIVING)
    type = models.CharField(_("type"), max_length=100, blank=True, help_text=_("as its bytes say"))
    file = models.CharField(_("file"), max_length=200, blank=True, help_text=_("its name in the storage"))
    file_size = models.BigIntegerField(_("size"), default=0, help_text=_("bytes"))
    thumbnail = models.CharField(_("thumbnail"), max_length=200, blank=True, help_text=_("its name in the storage"))
    thumbnail_size = models.IntegerField(_("thumbnail size"), default=0, help_text=_("bytes"))
    width = models.IntegerField(_("width"), null=True, blank=True, help_text=_("of a picture, in pixels"))
    height = models.IntegerField(_("height"), null=True, blank=True)
    thumbnail_width = models.IntegerField(_("thumbnail width"), null=True, blank=True)
    thumbnail_height = models.IntegerField(_("thumbnail height"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(received__gte=0, received__lte=models.F("size"), size__gt=0),
                name="attachment_received_within_its_size",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["receiving", "ready", "refused"]), name="attachment_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(message__isnull=True)
                | models.Q(state="ready", sent_at__isnull=False, removed_at__isnull=True),
                name="attachment_sent_when_ready",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "created_at"], name="attachment_of_a_day"),
            models.Index(fields=["created_at"], condition=models.Q(message__isnull=True), name="attachment_to_clear"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def describe(self) -> dict:
        """What a message says of it: an element of `data.attachments`."""
        thumbnail = {"width": self.thumbnail_width, "height": self.thumbnail_height} if self.thumbnail else None
        return {
            "id": self.pk,
            "name": self.name,
            "type": self.type,
            "size": self.file_size,
            "width": self.width,
            "height": self.height,
            "thumbnail": thumbnail,
        }


class Avatar(models.Model):
    """A picture of a user. Its key is in its address and tells nothing; a new picture has a new one."""

    key = models.CharField(_("key"), primary_key=True, max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="avatars", verbose_name=_("user")
    )
    file = models.CharField(_("file"), max_length=200)
    size = models.IntegerField(_("size"), help_text=_("bytes"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("avatar")
        verbose_name_plural = _("avatars")

    def __str__(self) -> str:
        return f"of {self.user_id}"
