"""Nodes and connections as leases: they count for as long as their node beats, whatever became of it.

All times are the database's own, so that nodes whose clocks are wrong agree.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messages_store.sql import ago

BEATS = 3  # a node that misses so many has lapsed


def lease_seconds() -> float:
    return BEATS * settings.IM_BEAT_SECONDS


class NodeQuerySet(models.QuerySet):
    def alive(self) -> "NodeQuerySet":
        return self.filter(beat_at__gt=ago(lease_seconds()))

    def lapsed(self) -> "NodeQuerySet":
        return self.filter(beat_at__lte=ago(lease_seconds()))


class Node(models.Model):
    """One start of one process. Started again under its name it has a new row, and the old connections stay dead."""

    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True, help_text=_("where it listens"))
    version = models.CharField(_("version"), max_length=50, blank=True)
    started_at = models.DateTimeField(_("started"))
    beat_at = models.DateTimeField(_("last beat"))
    draining = models.BooleanField(_("draining"), default=False)
    counters = models.JSONField(_("counters"), default=dict)

    objects = NodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("node")
        verbose_name_plural = _("cluster")

    def __str__(self) -> str:
        return self.name


class ConnectionQuerySet(models.QuerySet):
    def live(self) -> "ConnectionQuerySet":
        """Those that count: their node beats, and nobody asked for their end."""
        return self.filter(ending=None, node__beat_at__gt=ago(lease_seconds()))


class Connection(models.Model):
    """One socket of one device. `ending` is the close code that somebody asked its node for."""

    id = models.CharField(max_length=32, primary_key=True, help_text=_("as in the welcome"))
    node = models.ForeignKey(Node, models.CASCADE, related_name="connections", verbose_name=_("node"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="connections", verbose_name=_("user")
    )
    device_id = models.CharField(_("device"), max_length=128, blank=True)
    device_kind = models.CharField(_("kind of device"), max_length=8)
    address = models.CharField(_("address"), max_length=45, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    cursor = models.BigIntegerField(_("cursor"), default=0, help_text=_("the last seq that was pushed"))
    acked = models.BigIntegerField(_("acked"), default=0, help_text=_("the last seq that this device acknowledged"))
    seen_at = models.DateTimeField(_("last seen"))
    idle = models.BooleanField(_("idle"), default=False)
    ending = models.PositiveSmallIntegerField(_("ending"), null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        indexes = [
            models.Index(fields=["address"], name="connection_address"),
            # Only while a connection is ending: what is written of it otherwise stays in its page.
            models.Index(fields=["node"], condition=models.Q(ending__isnull=False), name="connection_ending"),
        ]

    def __str__(self) -> str:
        return self.id


class LastSeen(models.Model):
    """When a user's last connection went, for when no row of it is left."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("user")
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("last seen")
        verbose_name_plural = _("last seen")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.at}"
