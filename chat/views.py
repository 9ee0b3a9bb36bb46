"""The pages."""

from functools import wraps

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache

# Nothing inline, nothing from elsewhere: what people write can never run, even where we fail to escape it.
POLICY = "; ".join(
    [
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"),
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


sign_out = auth.LogoutView.as_view()
