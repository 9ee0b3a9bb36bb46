"""The settings: one page of sections. Each is a form with an address of its own, and saved by itself."""

from collections.abc import Callable

from django.conf import settings as site
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from chat.sign_ins import note
from messages_store import sniffing
from messages_store.errors import NotFound
from messages_store.services import preferring, sign_ins

from . import agents, mails, throttle
from .forms import LanguageAndTimeForm, NotificationsForm
from .profile import AddressForm, PasswordForm, ProfileForm

SECTIONS: dict[str, type[BaseForm]] = {
    "profile": ProfileForm,
    "address": AddressForm,
    "notifications": NotificationsForm,
    "language": LanguageAndTimeForm,
    "password": PasswordForm,
}


def own(view: Callable) -> Callable:
    """For a page of who is signed in."""
    return never_cache(sensitive_post_parameters()(login_required(view)))


@own
def settings(request: HttpRequest) -> HttpResponse:
    """All sections."""
    return show(request)


@own
def section(request: HttpRequest, name: str) -> HttpResponse:
    """One section that was filled in. What is wrong with it is said on the page."""
    if request.method != "POST":
        return redirect("settings")
    if name == "address" and not mails.are_sent():
        raise Http404
    form = SECTIONS[name](request.POST, user=request.user)
    if form.guarded and (seconds := throttle.seconds_to_wait(request, account=request.user.get_username())):
        return _too_often(request, name, form, seconds)
    if not form.is_valid():
        return show(request, **{name: form})
    form.save()
    answer = saved(request, name, str(form.told))
    form.finish(request, answer)
    return answer


def _too_often(request: HttpRequest, name: str, form: BaseForm, seconds: int) -> HttpResponse:
    """Whether the password was right is not looked at, or said."""
    empty = type(form)(user=request.user)
    answer = show(request, wait={name: throttle.sentence(seconds)}, **{name: empty})
    answer.status_code, answer.headers["Retry-After"] = 429, str(seconds)
    return answer


def show(request: HttpRequest, *, wait: dict[str, str] | None = None, **filled_in: BaseForm) -> HttpResponse:
    """The page, with this form as somebody filled it in."""
    forms = {name: filled_in.get(name) or kind(user=request.user) for name, kind in SECTIONS.items()}
    said = {message.extra_tags: message.message for message in messages.get_messages(request)}
    context = {
        "forms": forms,
        "said": said,
        "wait": wait or {},
        "is_wrong": bool(filled_in),
        "mails_are_sent": mails.are_sent(),
        "places": _places(request),
        "picture_types": ",".join(sniffing.pictures_allowed(site.IM_ATTACHMENT_TYPES)),
        "zone": preferring.zone(preferences=preferring.of(user_id=request.user.pk)),
    }
    return render(request, "chat/settings.html", context)


def saved(request: HttpRequest, name: str, text: str) -> HttpResponse:
    """The page again, whose section says so. No fragment in the address: browsers give nothing the focus then."""
    messages.success(request, text, extra_tags=name)
    return redirect("settings")


# Where one is signed in


def _places(request: HttpRequest) -> list[dict]:
    """Each with what it is; this one first."""
    note(request)
    key = request.session.session_key
    places = [
        {
            "id": found.pk,
            "title": agents.title(found.agent),
            "is_phone": agents.is_phone(found.agent),
            "address": found.address,
            "seen_at": found.seen_at,
            "is_this": found.session_key == key,
        }
        for found in sign_ins.of(user=request.user)
    ]
    return sorted(places, key=lambda place: not place["is_this"])


@own
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    count = sign_ins.end_others(user_id=request.user.pk, session_key=request.session.session_key)
    said = ngettext("%(count)s other device is signed out.", "%(count)s other devices are signed out.", count)
    return saved(request, "places", said % {"count": count})


@own
@require_POST
def end_one(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    """Sign out there."""
    try:
        sign_ins.end(user_id=request.user.pk, sign_in_id=sign_in_id)
    except NotFound:
        raise Http404 from None
    return saved(request, "places", _("That device is signed out."))
