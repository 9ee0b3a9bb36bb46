import secrets

from django.conf import settings
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from .fields import unchecked_key


def new_epoch() -> str:
    return secrets.token_hex(6)


class Inbox(models.Model):
    """A user's one ordered list. Its lock, held to the commit, makes the order of `seq` the order of visibility."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="inbox", verbose_name=_("user")
    )
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


# From each inbox that is behind, by its index, what no device acknowledged. The databases are told that order: their
# statistics do not know how few inboxes that are, and they would read all deliveries there ever were.
UNSENT = {
    "postgresql": """
        SELECT d.{column} FROM messages_store_inbox i
        JOIN LATERAL (
          SELECT e.{column} FROM messages_store_delivery e
          WHERE e.recipient_id = i.user_id AND e.seq > i.acked_seq AND e.status = 'unsent' OFFSET 0
        ) d ON true
        WHERE i.acked_seq < i.last_seq""",
    "sqlite": """
        SELECT d.{column} FROM messages_store_inbox i CROSS JOIN messages_store_delivery d
        WHERE i.acked_seq < i.last_seq
        AND d.recipient_id = i.user_id AND d.seq > i.acked_seq AND d.status = 'unsent'""",
}


def unsent(column: str) -> RawSQL:
    """This column of all deliveries that no device acknowledged: "id" or "message_id"."""
    return RawSQL(UNSENT[connection.vendor].format(column=column), [])  # noqa: S611 (names of our own columns)


class DeliveryQuerySet(models.QuerySet):
    def after(self, seq: int) -> "DeliveryQuerySet":
        return self.filter(seq__gt=seq).order_by("seq")

    def unsent(self) -> "DeliveryQuerySet":
        """What no device acknowledged. Found through the inboxes, since `status` itself is indexed by nothing."""
        return self.filter(pk__in=unsent("id"))

    def notifications_of(self, user_id: int) -> "DeliveryQuerySet":
        return self.filter(recipient=user_id, is_notification=True)


class Delivery(models.Model):
    """Entry `seq` of one recipient's inbox. No index on `status` or `sent_at`: the ack must stay a HOT update.

    Who has read a message is told by its conversation's `read_number`; a notification has no conversation, so
    whether it was read stands here.
    """

    class Event(models.TextChoices):
        MESSAGE = "message", _("message")
        EDITED = "edited", _("edited")
        RECALLED = "recalled", _("recalled")

    class Status(models.TextChoices):
        UNSENT = "unsent", _("unsent")
        SENT = "sent", _("sent")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("recipient")
    )
    seq = models.BigIntegerField(_("seq"))
    message = models.ForeignKey("Message", models.CASCADE, related_name="deliveries", verbose_name=_("message"))
    event = models.CharField(_("event"), max_length=8, choices=Event, default=Event.MESSAGE)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.UNSENT)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    stored_at = models.DateTimeField(
        _("stored"), null=True, blank=True, help_text=_("where that was later than what it tells of")
    )
    # Which device acknowledged it, and at which node. No constraints: to check them would make an ack twice as dear.
    sent_by = unchecked_key("Device", _("device"))
    sent_on = unchecked_key("NodeName", _("node"))
    is_notification = models.BooleanField(_("notification"), default=False, db_default=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "seq"], name="delivery_seq_once_per_recipient"),
            models.UniqueConstraint(
                fields=["message", "recipient"],
                condition=models.Q(is_notification=True),
                name="notification_once_per_recipient",
            ),
            models.CheckConstraint(condition=models.Q(seq__gt=0), name="delivery_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(event__in=["message", "edited", "recalled"]), name="delivery_event_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status="unsent", sent_at__isnull=True)
                | models.Q(status="sent", sent_at__isnull=False),
                name="delivery_sent_has_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(is_notification=True) | models.Q(read_at__isnull=True),
                name="delivery_read_is_a_notification",
            ),
        ]
        indexes = [
            # Of notifications alone, so that what is said in conversations writes to neither.
            models.Index(
                fields=["recipient", "seq"], condition=models.Q(is_notification=True), name="delivery_notifications"
            ),
            models.Index(
                fields=["recipient", "seq"],
                condition=models.Q(is_notification=True, read_at__isnull=True),
                name="delivery_unread_notifications",
            ),
            # For the admin's filter. An ack does not change the event, so this leaves its update in its page.
            models.Index(fields=["event", "id"], condition=~models.Q(event="message"), name="delivery_of_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id}:{self.seq} {self.get_status_display()}"
