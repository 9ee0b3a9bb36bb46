"""Who is connecting: by session, whose Origin must then be ours, or by token. Never by what the address says."""

from collections.abc import Mapping
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.http.cookie import parse_cookie
from django.http.request import validate_host
from django.utils.crypto import constant_time_compare

from messages_store.models import User
from messages_store.services import tokens

from .security import is_loopback_host


class Credentials:
    """What a handshake brings along."""

    def __init__(self, headers: Mapping[bytes, bytes]):
        scheme, _, key = headers.get(b"authorization", b"").decode("latin1").partition(" ")
        self.token = key.strip() if scheme.lower() == "token" else ""
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
        session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        self.session_key = "" if "\0" in session_key else session_key  # PostgreSQL refuses to look for a NUL
        self.origin = headers.get(b"origin", b"").decode("latin1")
        self.host = headers.get(b"host", b"").decode("latin1")

    @property
    def from_elsewhere(self) -> bool:
        """A browser sends its session's cookie along with whatever any site makes it do; only our own pages may."""
        return bool(self.session_key) and not self.token and not is_ours(self.origin, host=self.host)


def is_ours(origin: str, *, host: str) -> bool:
    """Whether a page of this origin is one of ours: the host that it asked, or one that the settings trust."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        parts = urlsplit(origin)
        allowed = validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)
    except ValueError:
        return False
    plain_enough = not settings.SESSION_COOKIE_SECURE or is_loopback_host(host)
    schemes = ("https", "http") if plain_enough else ("https",)
    return parts.scheme in schemes and allowed and parts.netloc.lower() == host.lower()


def user_of(*, credentials: Credentials) -> User | None:
    """The active user whom these credentials name."""
    if credentials.token:
        return tokens.user_for(credentials.token)
    return _user_of_session(credentials.session_key) if credentials.session_key else None


def _user_of_session(session_key: str) -> User | None:
    """As Django's own `get_user`, but it changes nothing: a rotated SECRET_KEY must not sign anybody out here."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    path = session.get(BACKEND_SESSION_KEY)
    if path not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(path).get_user(session[SESSION_KEY])
    if user is None:
        return None
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    given = session.get(HASH_SESSION_KEY, "")
    return user if any(constant_time_compare(given, one) for one in good) else None
