from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import unchecked_key


class Message(models.Model):
    """What somebody said: number `number` in its conversation, stored once per (sender, client_id) for ever."""

    conversation = models.ForeignKey(
        "Conversation",
        models.CASCADE,
        related_name="messages",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("conversation"),
    )
    number = models.BigIntegerField(_("number"), null=True, blank=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="messages",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("sender"),
    )
    client_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=32, default="text")
    body = models.TextField(_("body"), blank=True)
    data = models.JSONField(_("data"), null=True, blank=True)
    reply_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("answer to")
    )
    created_at = models.DateTimeField(_("created"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)
    first_digest = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("what was first sent, in 64 hex digits, once that has changed: see drafts.digests"),
    )
    # No constraint of the database's: to check it would cost each insert more than the column does.
    node = unchecked_key("NodeName", _("stored by"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [
            ("view_bodies", _("Can read what messages say")),
            ("handle_messages", _("Can ring messages again and mark them as handled")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="message_number_once_per_conversation"),
            models.UniqueConstraint(fields=["sender", "client_id"], name="message_once_per_sender_and_client_id"),
            models.CheckConstraint(
                condition=models.Q(conversation__isnull=True, number__isnull=True)
                # A comparison with null is neither true nor false, and a rule that is not false lets it pass.
                | models.Q(conversation__isnull=False, number__isnull=False, number__gt=0),
                name="message_numbered_in_its_conversation",
            ),
            models.CheckConstraint(
                condition=models.Q(recalled_at__isnull=True) | models.Q(body="", data__isnull=True),
                name="message_recalled_says_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(edited_at__isnull=True, recalled_at__isnull=True) | ~models.Q(first_digest=""),
                name="message_changed_keeps_its_first_digest",
            ),
        ]
        indexes = [
            models.Index(fields=["reply_to"], condition=models.Q(reply_to__isnull=False), name="message_replies"),
            # For the admin's filter; what people write to each other is text, and costs it nothing.
            # What mentions somebody is rare, so that this costs the others nothing: see services/mentions.py.
            models.Index(
                fields=["conversation", "number"],
                condition=models.Q(data__has_key="mentions"),
                name="message_mentions",
            ),
            # The changes of groups, which a list tells apart from what people said: the same file.
            models.Index(
                fields=["conversation", "number"], condition=models.Q(kind="system"), name="message_of_the_system"
            ),
            models.Index(fields=["kind", "id"], condition=~models.Q(kind="text"), name="message_of_other_kinds"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.number}" if self.conversation_id else f"{self.kind} {self.pk}"
