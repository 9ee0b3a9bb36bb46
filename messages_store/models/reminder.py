from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from messages_store import conf_values

from .attempted import Attempted, outcome_rules


class Spell(models.Model):
    """A user's quiet spell: what no device acknowledged for so long that it counts. One row per user, the last spell.

    It runs until `acked_seq` of the inbox reaches `up_to_seq`. `looked_seq` says how far the inbox was looked through:
    an inbox that is behind for ever is not looked through again. A table of its own, since an index or a column more on
    the inbox would be paid for by each message.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="spell", verbose_name=_("user")
    )
    first_seq = models.BigIntegerField(_("first seq"), default=0, help_text=_("of what counted; 0: no spell yet"))
    up_to_seq = models.BigIntegerField(_("up to seq"), default=0, help_text=_("the last that counted"))
    looked_seq = models.BigIntegerField(_("looked through up to"), default=0)

    class Meta:
        verbose_name = _("quiet spell")
        verbose_name_plural = _("quiet spells")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_seq__gte=0, up_to_seq__gte=models.F("first_seq")), name="spell_first_up_to"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.first_seq}–{self.up_to_seq}"


class Reminder(Attempted):
    """Reminder `number` of one person's spell by one notifier.

    It tells of the entries `from_seq` to `up_to_seq` of the inbox, as far as they counted.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders", db_index=False, verbose_name=_("user")
    )
    notifier = models.CharField(_("notifier"), max_length=100)
    spell = models.BigIntegerField(_("spell"), help_text=_("the seq of its first entry"))
    number = models.IntegerField(_("number"), default=1)
    forced = models.BooleanField(_("forced"), default=False, help_text=_("goes out in quiet hours too"))
    from_seq = models.BigIntegerField(_("from seq"))
    up_to_seq = models.BigIntegerField(_("up to seq"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        permissions = [("handle_reminders", _("Can remind now and give reminders up"))]
        constraints = [
            models.UniqueConstraint(fields=["user", "notifier", "spell", "number"], name="reminder_once_per_spell"),
            *outcome_rules("reminder"),
            models.CheckConstraint(
                condition=models.Q(from_seq__gt=0, up_to_seq__gte=models.F("from_seq"), number__gt=0),
                name="reminder_counts_from_one",
            ),
        ]
        indexes = [
            # What waits is few beside what has ended, and this finds what is due of it.
            models.Index(
                fields=["notifier", "next_at"], condition=models.Q(outcome="waiting"), name="reminder_waiting"
            ),
            models.Index(fields=["outcome", "id"], name="reminder_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


def check_time_zone(name: str) -> None:
    try:
        conf_values.time_zone(name)
    except ValueError:
        raise ValidationError(_("There is no such time zone: %(name)s") % {"name": name}) from None


class PreferencesQuerySet(models.QuerySet):
    def due_for_digest(self, moment) -> "PreferencesQuerySet":
        """Who chose the daily mail, and its time has come or is not known yet."""
        return self.filter(models.Q(digest_at=None) | models.Q(digest_at__lte=moment), digest=True)


class Preferences(models.Model):
    """How somebody wants to be reminded, where that is not as by default."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preferences", verbose_name=_("user")
    )
    language = models.CharField(_("language"), max_length=35, blank=True, help_text=_("such as en or zh-hans"))
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[check_time_zone], help_text=_("such as Europe/Berlin")
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(
        _("quiet until"), null=True, blank=True, help_text=_("the same as the other: never quiet")
    )
    digest = models.BooleanField(
        _("daily mail"), default=False, db_default=False, help_text=_("of what has been unread for long")
    )
    digest_at = models.DateTimeField(
        _("next daily mail"), null=True, blank=True, editable=False, help_text=_("empty: is worked out by the worker")
    )

    objects = PreferencesQuerySet.as_manager()

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")
        indexes = [models.Index(fields=["digest_at"], condition=models.Q(digest=True), name="preferences_digest_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="preferences_quiet_has_both_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.user_id}"


class NotifierChoice(models.Model):
    """That somebody turned a notifier on or off. Without a row, IM_NOTIFIERS_ON decides."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notifier_choices",
        db_index=False,
        verbose_name=_("user"),
    )
    notifier = models.CharField(_("notifier"), max_length=100)
    on = models.BooleanField(_("on"))

    class Meta:
        verbose_name = _("choice of a notifier")
        verbose_name_plural = _("choices of notifiers")
        constraints = [models.UniqueConstraint(fields=["user", "notifier"], name="notifier_chosen_once_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.notifier}"
