"""What can be filled in about reminders, language and time."""

from itertools import groupby

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messages_store.services import digesting, preferences

SITE, NEVER, OWN = "site", "never", "own"


class OwnForm(forms.Form):
    """One about its user. `told`: what is said when it is saved. `guarded`: it asks for the password: tries count."""

    told = _("Saved.")
    guarded = False

    def __init__(self, *args, user, **options):
        self.user = user
        super().__init__(*args, **options)

    @cached_property
    def chosen(self) -> preferences.Chosen:
        return preferences.read(user=self.user)

    def save(self) -> None:
        """Write it down."""
        raise NotImplementedError

    def finish(self, request: HttpRequest, answer: HttpResponse) -> None:
        """What this browser has to know of it, besides."""


class NotificationsForm(OwnForm):
    """Which notifiers remind one, and when it is quiet."""

    on = forms.MultipleChoiceField(required=False)
    quiet = forms.ChoiceField(label=_("Quiet hours"), widget=forms.RadioSelect)
    quiet_from = forms.TimeField(label=_("From"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    quiet_until = forms.TimeField(label=_("Until"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    digest = forms.BooleanField(label=_("A daily mail of what has been unread for long"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if not digesting.is_possible():
            del self.fields["digest"]
        start, end = self.chosen.quiet_from, self.chosen.quiet_until
        self.fields["on"].choices = [(way.name, way.title) for way in self.chosen.offered]
        self.fields["quiet"].choices = _quiet_choices()
        self.initial = {
            "on": [way.name for way in self.chosen.offered if way.on],
            "quiet": OWN if start != end else NEVER if start or _is_never_quiet() else SITE,
            "quiet_from": start if start != end else None,
            "quiet_until": end if start != end else None,
            "digest": self.chosen.digest,
        }

    @property
    def ways(self) -> list[dict]:
        """Each notifier, and whether it is ticked."""
        ticked = self["on"].value() or []
        return [{"way": way, "ticked": way.name in ticked} for way in self.chosen.offered]

    def clean(self) -> dict:
        filled_in = super().clean()
        if filled_in.get("quiet") == OWN:
            for name in ("quiet_from", "quiet_until"):
                if not filled_in.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Say a time of day, such as 22:00."))
            start, end = filled_in.get("quiet_from"), filled_in.get("quiet_until")
            if start and start == end:
                self.add_error("quiet_until", gettext("This must be another time than the first."))
        return filled_in

    def save(self) -> None:
        said, midnight = self.cleaned_data, preferences.MIDNIGHT
        hours = {SITE: (None, None), NEVER: (midnight, midnight)}
        start, end = hours.get(said["quiet"]) or (said["quiet_from"], said["quiet_until"])
        on = {way.name: way.name in said["on"] for way in self.chosen.offered if way.on != (way.name in said["on"])}
        # Who chose nothing of it stays with what the site has, whatever that will be.
        is_said = {"quiet", "quiet_from", "quiet_until"} & {*self.changed_data}
        values = {"quiet_from": start, "quiet_until": end} if is_said else {}
        if said.get("digest", self.chosen.digest) != self.chosen.digest:
            values["digest"] = said["digest"]
        preferences.change(user=self.user, values=values, on=on)


def _is_never_quiet() -> bool:
    """Whether it is so where nothing was chosen."""
    return settings.IM_QUIET_HOURS is None


def _quiet_choices() -> list[tuple[str, str]]:
    never, own = (NEVER, gettext("Never quiet")), (OWN, gettext("Quiet at these hours"))
    if _is_never_quiet():
        return [never, own]
    start, end = settings.IM_QUIET_HOURS
    hours = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    return [(SITE, gettext("As on this site: %(start)s to %(end)s") % hours), never, own]


class LanguageAndTimeForm(OwnForm):
    """In which language and time zone one is spoken to."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        language, zone = self.chosen.language, self.chosen.time_zone
        self.fields["language"].choices = [
            ("", gettext("As the browser asks for")),
            *_with(language, settings.LANGUAGES),
        ]
        as_here = gettext("As on this site: %(zone)s") % {"zone": settings.IM_TIME_ZONE}
        self.fields["time_zone"].choices = [("", as_here), *_zones(zone)]
        self.initial = {"language": language, "time_zone": zone}

    def save(self) -> None:
        preferences.change(user=self.user, values=self.cleaned_data)
        if language := self.cleaned_data["language"]:
            translation.activate(language)  # in which we say that it is saved

    def finish(self, request: HttpRequest, answer: HttpResponse) -> None:
        """Who chooses none hears what the browser asks for, and not what was chosen before."""
        if not self.cleaned_data["language"]:
            answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite=settings.LANGUAGE_COOKIE_SAMESITE)


def _with(chosen: str, known: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What there is to choose from, and what was chosen elsewhere."""
    return [*known, *([(chosen, chosen)] if chosen and chosen not in dict(known) else [])]


def _zones(chosen: str) -> list[tuple[str, object]]:
    """By continent, without its name before each place."""
    names = preferences.time_zones()
    single = [(name, name) for name in names if "/" not in name]
    if chosen and chosen not in names:
        single.append((chosen, chosen))
    groups = groupby([name for name in names if "/" in name], key=lambda name: name.partition("/")[0])
    places = [(region, [(name, _place(name)) for name in found]) for region, found in groups]
    return [*single, *places]


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", " – ")
