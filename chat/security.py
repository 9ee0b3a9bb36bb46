"""HTTPS for everybody but who sits at the machine itself; pages that run nothing foreign; an API kept by no cache."""

from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from django.middleware import security

from messages_store.api.outside import is_api

# Nothing inline, nothing from elsewhere: what people write can never run, even where we fail to escape it.
POLICY = "; ".join(
    [
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"),
        *("manifest-src 'self'", "worker-src 'self'"),
        *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    ]
)
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}


class SecurityMiddleware(security.SecurityMiddleware):
    """Django's, which sends everybody to HTTPS, but for requests from this machine to this machine.

    Every page, whoever made it (Django's own pages of errors too), has our content security policy, or one of its own.

    So curl, a health check or a browser on the node itself need no certificate. A request that came through a proxy is
    never one of these: it names the site, and how it came (X-Forwarded-Proto).
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        return None if is_local(request) else super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        if is_local(request):
            for cookie in response.cookies.values():
                cookie["secure"] = ""  # it would never come back without HTTPS
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        if is_api(request):
            response.headers.setdefault("Cache-Control", "no-store")  # what people say, on nobody's disk
        return response


def is_local(request: HttpRequest) -> bool:
    if "HTTP_X_FORWARDED_PROTO" in request.META or not is_loopback_host(request.META.get("HTTP_HOST", "")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def is_loopback_host(host: str) -> bool:
    """Whether a Host header, with or without its port, names this machine for itself."""
    name, _, port = host.rpartition(":")
    return (name if port.isdecimal() and name else host).lower() in LOOPBACK_NAMES
