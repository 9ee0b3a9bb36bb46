"""The pages."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control, never_cache

from messages_store.services import preferring

from .security import POLICY

SHELL_WORKER = Path(__file__).resolve().parent / "static" / "chat" / "shell" / "worker.js"


@never_cache
@login_required
def page(request):
    """The chat page. It holds no messages: the scripts fetch them by REST and follow the socket."""
    known = {
        "edit_seconds": settings.IM_EDIT_SECONDS,
        "file_bytes": settings.IM_ATTACHMENT_BYTES,
        "time_zone": preferring.of(user_id=request.user.pk).time_zone,
        "file_types": ",".join(settings.IM_ATTACHMENT_TYPES),
    }
    return render(request, "chat/page.html", known)


@cache_control(no_cache=True)
def shell_worker(request):
    """The service worker that keeps the page's shell: served from here, since a worker rules only what is below it."""
    headers = {"Content-Security-Policy": POLICY}  # a worker's is not its page's
    return HttpResponse(SHELL_WORKER.read_bytes(), content_type="text/javascript", headers=headers)


@cache_control(max_age=24 * 3600)
def favicon(request):
    """For pages that name no icon: browsers ask for this one."""
    return redirect(static("chat/icons/192.png"))


sign_out = auth.LogoutView.as_view()
