"""Who is connecting: by session, whose Origin must then be ours, by token, or by ticket.

Never by what the address says, but for a ticket: it is worth nothing once it was used.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, load_backend
from django.http.cookie import parse_cookie
from django.http.request import validate_host

from messages_store.models import Token, User
from messages_store.services import sessions, tickets, tokens

from .security import is_loopback_host
from .services.proofs import Proof, proof


class Credentials:
    """What a handshake brings along."""

    def __init__(self, headers: Mapping[bytes, bytes], query: bytes = b""):
        scheme, _, key = headers.get(b"authorization", b"").decode("latin1").partition(" ")
        self.token = key.strip() if scheme.lower() == "token" else ""
        self.ticket = dict(parse_qsl(query.decode("latin1"))).get("ticket", "")
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
        session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        self.session_key = "" if "\0" in session_key else session_key  # PostgreSQL refuses to look for a NUL
        self.origin = headers.get(b"origin", b"").decode("latin1")
        self.host = headers.get(b"host", b"").decode("latin1")

    @property
    def from_elsewhere(self) -> bool:
        """A browser sends its session's cookie along with whatever any site makes it do; only our own pages may."""
        ambient = self.session_key and not self.token and not self.ticket
        return bool(ambient) and not is_ours(self.origin, host=self.host)


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


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is, and what says so. `scopes` limit what it is good for; none: all that the user may."""

    user: User
    proof: Proof
    scopes: tuple[str, ...] = ()


def sign_in(*, credentials: Credentials) -> SignedIn | None:
    """The active user whom these credentials name."""
    if credentials.token:
        return by_tokens(keys=[credentials.token]).get(credentials.token)
    if credentials.ticket:
        return _by_ticket(credentials.ticket)
    return _by_session(credentials.session_key) if credentials.session_key else None


def by_tokens(*, keys: Collection[str]) -> dict[str, SignedIn]:
    """Whom each of these keys signs in; one that signs nobody in is left out. One query."""
    return {key: _by_token(token) for key, token in tokens.find_all(keys=keys).items()}


def _by_token(token: Token) -> SignedIn:
    return SignedIn(token.user, proof(token.user, token=token.pk), tuple(token.scopes or ()))


def _by_ticket(ticket: str) -> SignedIn | None:
    """By what had asked for it, which must still be good."""
    asker = tickets.redeem(ticket)
    if asker is None or asker.session_key:
        return asker and _by_session(asker.session_key)
    return SignedIn(asker.user, proof(asker.user, token=asker.token), asker.scopes)


def _by_session(key: str) -> SignedIn | None:
    """As Django's own `get_user`, but it changes nothing: a rotated SECRET_KEY must not sign anybody out here."""
    data = sessions.engine()(key).load()
    user_id = sessions.user_id_of(data)
    user = user_id and load_backend(data[BACKEND_SESSION_KEY]).get_user(user_id)
    if not user or not sessions.signs_in(data, user):
        return None
    return SignedIn(user, proof(user, session_key=key))
