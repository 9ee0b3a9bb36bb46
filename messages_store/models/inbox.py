import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def new_epoch() -> str:
    return secrets.token_hex(6)


class Inbox(models.Model):
    """A user's one ordered list. Its lock, held to the commit, makes the order of `seq` the order of visibility."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="inbox")
    epoch = models.CharField(_("epoch"), max_length=16, default=new_epoch)
    last_seq = models.BigIntegerField(_("last seq"), default=0, help_text=_("the head"))
    acked_seq = models.BigIntegerField(_("acked seq"), default=0, help_text=_("all entries up to it are sent"))
    floor_seq = models.BigIntegerField(_("floor seq"), default=0, help_text=_("entries up to it were pruned"))
    # Each send locks and saves this row anyway, so an exact limit over all nodes costs no statement of its own.
    send_minute = models.BigIntegerField(_("send minute"), default=0, db_default=0, help_text=_("minutes since 1970"))
    send_count = models.IntegerField(
        _("send count"), default=0, db_default=0, help_text=_("messages sent in that minute")
    )

    class Meta:
        verbose_name = _("inbox")
        verbose_name_plural = _("inboxes")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    floor_seq__gte=0, acked_seq__gte=models.F("floor_seq"), last_seq__gte=models.F("acked_seq")
                ),
                name="inbox_floor_acked_last_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.acked_seq}/{self.last_seq}"


class DeliveryQuerySet(models.QuerySet):
    def after(self, seq: int) -> "DeliveryQuerySet":
        return self.filter(seq__gt=seq).order_by("seq")

    def unsent(self) -> "DeliveryQuerySet":
        """What no device acknowledged. Bounded by the inbox, since `status` itself is indexed by nothing."""
        return self.filter(status=Delivery.Status.UNSENT, seq__gt=models.F("recipient__inbox__acked_seq"))


class Delivery(models.Model):
    """Entry `seq` of one recipient's inbox. No index on `status` or `sent_at`: the ack must stay a HOT update."""

    class Event(models.TextChoices):
        MESSAGE = "message", _("message")
        EDITED = "edited", _("edited")
        RECALLED = "recalled", _("recalled")

    class Status(models.TextChoices):
        UNSENT = "unsent", _("unsent")
        SENT = "sent", _("sent")

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries", db_index=False)
    seq = models.BigIntegerField(_("seq"))
    message = models.ForeignKey("Message", models.CASCADE, related_name="deliveries")
    event = models.CharField(_("event"), max_length=8, choices=Event, default=Event.MESSAGE)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.UNSENT)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "seq"], name="delivery_seq_once_per_recipient"),
            models.CheckConstraint(condition=models.Q(seq__gt=0), name="delivery_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(event__in=["message", "edited", "recalled"]), name="delivery_event_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status="unsent", sent_at__isnull=True)
                | models.Q(status="sent", sent_at__isnull=False),
                name="delivery_sent_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id}:{self.seq} {self.status}"
