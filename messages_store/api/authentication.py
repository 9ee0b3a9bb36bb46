from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from messages_store.services import tokens
from messages_store.services.tickets import Asker


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. It comes first, so that nobody is told 401 and how to sign in, not 403."""

    keyword = "Token"

    def authenticate(self, request):
        keyword, _space, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        user = tokens.user_for(key.strip())
        if user is None:
            raise AuthenticationFailed(_("This token is not valid."))
        return user, key

    def authenticate_header(self, request) -> str:
        return self.keyword


def asker(request) -> Asker:
    """Who is asking, by token or by session."""
    if request.auth is not None:
        return Asker(request.user, token=tokens.digest(request.auth))
    return Asker(request.user, session_key=request.session.session_key or "")
