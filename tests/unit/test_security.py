"""HTTPS for everybody but who sits at the machine itself."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from chat.security import SecurityMiddleware, is_loopback_host


@pytest.fixture
def visit(settings):
    """Ask for a page that sets a cookie, in production: visit(HTTP_HOST=…, REMOTE_ADDR=…)."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["*"]

    def page(request):
        response = HttpResponse()
        response.set_cookie("sessionid", "x", secure=True)
        return response

    return lambda **meta: SecurityMiddleware(page)(RequestFactory().get("/", **meta))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "[::1]"])
def test_the_machine_itself_needs_no_https(visit, host):
    response = visit(HTTP_HOST=host, REMOTE_ADDR="127.0.0.1")
    assert response.status_code == 200
    assert not response.cookies["sessionid"]["secure"]


@pytest.mark.parametrize(
    "meta",
    [
        {"HTTP_HOST": "chat.example.com", "REMOTE_ADDR": "127.0.0.1"},
        {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "http"},
        {"HTTP_HOST": "localhost.example.com", "REMOTE_ADDR": "::1"},
        {"HTTP_HOST": "localhost", "REMOTE_ADDR": ""},
    ],
)
def test_everybody_else_is_sent_to_https(visit, meta):
    response = visit(**meta)
    assert response.status_code == 301
    assert response["Location"].startswith("https://")


def test_a_cookie_that_came_by_https_stays_secure(visit):
    response = visit(HTTP_HOST="chat.example.com", REMOTE_ADDR="192.0.2.7", **{"wsgi.url_scheme": "https"})
    assert response.cookies["sessionid"]["secure"]


@pytest.mark.parametrize("host", ["", "127.0.0.1.example.com", "[::1].example.com", "example.com:127"])
def test_no_other_name_is_this_machine(host):
    assert not is_loopback_host(host)


@pytest.mark.parametrize(("path", "kept"), [("/api/v1/me", "no-store"), ("/api/", "no-store"), ("/", None)])
def test_no_cache_keeps_what_the_api_answers(rf, settings, path, kept):
    settings.SECURE_SSL_REDIRECT = False
    answer = SecurityMiddleware(lambda request: HttpResponse())(rf.get(path))
    assert answer.get("Cache-Control") == kept
