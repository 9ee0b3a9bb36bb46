from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from messages_store.models import Token
from messages_store.services import tokens
from messages_store.services.tickets import Asker


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. It comes first, so that nobody is told 401 and how to sign in, not 403.

    `request.auth` is the token then, and None for who came by a session.
    """

    keyword = "Token"

    def authenticate(self, request):
        keyword, _space, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        token = tokens.find(key.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is not valid."))
        tokens.note_use(digests=[token.pk])
        return token.user, token

    def authenticate_header(self, request) -> str:
        return self.keyword


def device(request) -> tuple[str, str]:
    """As what the trace knows who is asking: a token is a bot of the token's name, a session has no name."""
    token: Token | None = request.auth
    return ("session", "web") if token is None else (token.name, "bot")


def asker(request) -> Asker:
    """Who is asking, by token or by session."""
    token: Token | None = request.auth
    if token is not None:
        return Asker(request.user, token=token.pk, scopes=tuple(token.scopes or ()))
    return Asker(request.user, session_key=request.session.session_key or "")
