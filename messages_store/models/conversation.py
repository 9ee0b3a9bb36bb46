from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ConversationQuerySet(models.QuerySet):
    def of(self, user_id: int) -> "ConversationQuerySet":
        """The conversations that this user is in now."""
        return self.filter(members__user=user_id, members__left_at=None)


class Conversation(models.Model):
    """People who write to each other. `last_number` is counted up under this row's lock, and so is `floor_number`."""

    class Kind(models.TextChoices):
        DIRECT = "direct", _("direct")
        GROUP = "group", pgettext_lazy("a conversation", "group")
        SUPPORT = "support", _("support")

    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    title = models.CharField(_("title"), max_length=200, blank=True)
    direct_key = models.CharField(
        max_length=41, unique=True, null=True, blank=True, help_text=_("the two user ids, the smaller one first: 5:17")
    )
    last_number = models.BigIntegerField(_("last number"), default=0)
    floor_number = models.BigIntegerField(
        _("floor number"), default=0, db_default=0, help_text=_("messages up to it were pruned")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="direct", direct_key__isnull=False)
                | models.Q(kind__in=["group", "support"], direct_key__isnull=True),
                name="conversation_direct_has_its_pair",
            ),
            models.CheckConstraint(condition=models.Q(last_number__gte=0), name="conversation_counts_from_zero"),
            models.CheckConstraint(
                condition=models.Q(floor_number__gte=0, floor_number__lte=models.F("last_number")),
                name="conversation_floor_last_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.get_kind_display()} {self.pk}"


class MemberQuerySet(models.QuerySet):
    def present(self) -> "MemberQuerySet":
        return self.filter(left_at=None)


class Member(models.Model):
    """A user's place in a conversation. Written only under the lock of that user's inbox or of the conversation."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("admin")
        MEMBER = "member", _("member")

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="members", db_index=False, verbose_name=_("conversation")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=6, choices=Role, default=Role.MEMBER)
    read_number = models.BigIntegerField(_("read up to"), default=0)
    read_at = models.DateTimeField(_("read"), null=True, blank=True, help_text=_("when that mark was last moved"))
    sent_number = models.BigIntegerField(_("sent up to"), default=0)
    muted = models.BooleanField(_("muted"), default=False)
    pinned = models.BooleanField(_("pinned"), default=False, db_default=False)
    opened = models.BooleanField(
        _("opened"),
        default=False,
        db_default=False,
        help_text=_("asked for a direct conversation: sees it while it is empty"),
    )
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="member_once_per_conversation"),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(role="owner", left_at__isnull=True),
                name="member_one_owner_per_conversation",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "admin", "member"]), name="member_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.user_id}"
