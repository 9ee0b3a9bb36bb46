"""What people choose for themselves."""

from datetime import time

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store import notifiers
from messages_store.models import User
from messages_store.scopes import INBOX_READ, PREFERENCES_WRITE
from messages_store.services import digesting, preferences, preferring

from .permissions import scopes
from .serializers import parse_body

HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
QUIET = "like 22:00, in one's time zone; both the same: never quiet; null: as the site has it"
DIGEST = "a daily mail of what has been unread for long"
NO_DIGEST = "; turning it on is refused where the site has no notifier `email`"


class Way(serializers.Serializer):
    """A notifier. `why_not`: why it does not reach one, and what to do; null where it does."""

    on = serializers.BooleanField()
    reaches = serializers.BooleanField()
    why_not = serializers.CharField(allow_null=True)


class Chosen(serializers.Serializer):
    """null: nothing was chosen, and it is as the site has it."""

    language = serializers.CharField(allow_null=True)
    time_zone = serializers.CharField(allow_null=True)
    quiet_from = serializers.CharField(allow_null=True, help_text=QUIET)
    quiet_until = serializers.CharField(allow_null=True, help_text=QUIET)
    digest = serializers.BooleanField(help_text=DIGEST)
    notifiers = serializers.DictField(child=Way(), help_text="by name: those that this site has")


class Switch(serializers.Serializer):
    on = serializers.BooleanField()


class PreferencesChange(serializers.Serializer):
    """What is left out stays as it is. null: as the site has it."""

    language = serializers.CharField(required=False, allow_null=True, max_length=35)
    time_zone = serializers.CharField(required=False, allow_null=True, max_length=64, help_text="like Europe/Berlin")
    quiet_from = serializers.RegexField(HOUR, required=False, allow_null=True, help_text=QUIET)
    quiet_until = serializers.RegexField(HOUR, required=False, allow_null=True, help_text=QUIET)
    digest = serializers.BooleanField(required=False, help_text=DIGEST + NO_DIGEST)
    notifiers = serializers.DictField(child=Switch(), required=False, help_text="by name: those to turn on or off")

    def validate_language(self, code: str | None) -> str:
        if code and code not in dict(settings.LANGUAGES):
            raise serializers.ValidationError(_("We do not speak this language."))
        return code or ""

    def validate_time_zone(self, name: str | None) -> str:
        if name and not preferences.is_time_zone(name=name):
            raise serializers.ValidationError(_("There is no such time zone."))
        return name or ""

    def validate_quiet_from(self, hour: str | None) -> time | None:
        return hour and time.fromisoformat(hour)

    validate_quiet_until = validate_quiet_from

    def validate_digest(self, on: bool) -> bool:
        stored = preferring.of(user_id=self.context["request"].user.pk).digest
        if on and not stored and not digesting.is_possible():
            raise serializers.ValidationError(_("This site sends no daily mail."))
        return on

    def validate_notifiers(self, switches: dict) -> dict[str, bool]:
        if unknown := sorted(set(switches) - set(notifiers.load())):
            raise serializers.ValidationError({name: _("This site has no such notifier.") for name in unknown})
        return {name: switch["on"] for name, switch in switches.items()}

    def validate(self, fields: dict) -> dict:
        if not fields:
            raise serializers.ValidationError(_("Say what to change."))
        if (fields.get("quiet_from") is None) != (fields.get("quiet_until") is None) or (
            ("quiet_from" in fields) != ("quiet_until" in fields)
        ):
            raise serializers.ValidationError(_("Say `quiet_from` and `quiet_until` together."))
        return fields


@scopes(get=INBOX_READ, patch=PREFERENCES_WRITE)
@extend_schema(methods=["GET"], tags=["reminders"], responses=Chosen)
@extend_schema(methods=["PATCH"], tags=["reminders"], request=PreferencesChange, responses=Chosen)
@api_view(["GET", "PATCH"])
def preferences_of_me(request):
    """One's language, time zone, quiet hours, and which notifiers remind one."""
    if request.method == "PATCH":
        values = parse_body(PreferencesChange, request)
        on = values.pop("notifiers", {})
        preferences.change(user=request.user, values=values, on=on)
    return Response(told(request.user))


def told(user: User) -> dict:
    chosen = preferences.read(user=user)
    ways = {way.name: {"on": way.on, "reaches": way.reaches, "why_not": way.why_not or None} for way in chosen.ways}
    return {
        "language": chosen.language or None,
        "time_zone": chosen.time_zone or None,
        "quiet_from": chosen.quiet_from and f"{chosen.quiet_from:%H:%M}",
        "quiet_until": chosen.quiet_until and f"{chosen.quiet_until:%H:%M}",
        "digest": chosen.digest,
        "notifiers": ways,
    }
