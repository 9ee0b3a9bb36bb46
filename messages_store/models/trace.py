"""What a trace needs beside the messages themselves: by whom and through whom they went, and when no bell rang."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class NodeName(models.Model):
    """What a node was called. Its lease goes when it stops; messages and deliveries remember it by this."""

    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("name of a node")
        verbose_name_plural = _("names of nodes")

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """A device that a user has said hello with. Written under the lock of the user's inbox."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices", db_index=False, verbose_name=_("user")
    )
    device_id = models.CharField(_("device"), max_length=128, blank=True)
    kind = models.CharField(_("kind of device"), max_length=8)
    first_seen_at = models.DateTimeField(_("first seen"), db_default=Now())

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.UniqueConstraint(fields=["user", "device_id", "kind"], name="device_once_per_user"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id}".strip()


class Outage(models.Model):
    """From when until when a node's rings may have reached nobody. What it stored then was found by the look."""

    class Reason(models.TextChoices):
        LAYER = "layer", _("the channel layer did not take it")
        DIED = "died", _("the node died")

    node = models.ForeignKey(NodeName, models.CASCADE, related_name="outages", db_index=False, verbose_name=_("node"))
    reason = models.CharField(_("reason"), max_length=5, choices=Reason)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), help_text=_("as far as is known: it is written with each beat"))

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        indexes = [models.Index(fields=["node", "began_at"], name="outage_of_node")]

    def __str__(self) -> str:
        return f"{self.node_id}: {self.began_at} – {self.ended_at}"
