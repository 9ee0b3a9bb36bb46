"""The pages."""

from functools import wraps
from pathlib import Path

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache

SHELL_WORKER = Path(__file__).resolve().parent / "static" / "chat" / "shell" / "worker.js"

# Nothing inline, nothing from elsewhere: what people write can never run, even where we fail to escape it.
POLICY = "; ".join(
    [
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"),
        *("manifest-src 'self'", "worker-src 'self'"),
        *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    ]
)


def strict(view):
    """Answer with the content security policy of our pages."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return answer


@strict
@never_cache
@login_required
def page(request):
    """The chat page. It holds no messages: the scripts fetch them by REST and follow the socket."""
    return render(request, "chat/page.html", {"edit_seconds": settings.IM_EDIT_SECONDS})


@strict
@cache_control(no_cache=True)
def shell_worker(request):
    """The service worker that keeps the page's shell: served from here, since a worker rules only what is below it."""
    return HttpResponse(SHELL_WORKER.read_bytes(), content_type="text/javascript")


sign_out = auth.LogoutView.as_view()
