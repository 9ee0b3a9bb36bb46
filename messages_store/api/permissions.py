"""Who may call what: who is signed in, and by a token only where its scopes cover it."""

from collections.abc import Callable

from rest_framework.permissions import BasePermission

from messages_store.errors import OutOfScope
from messages_store.scopes import allows

ANY = ""  # a method that needs no scope


def scopes(**needed: str) -> Callable:
    """For a view, the outermost decorator: the scope that a token needs for each method. @scopes(get=USERS_READ)"""

    def remember(view):
        view.cls.scopes = {method.upper(): scope for method, scope in needed.items()}
        return view

    return remember


class InScope(BasePermission):
    """Signed in. A token with scopes needs the one that the view names for the method; what names none is closed."""

    def has_permission(self, request, view) -> bool:
        if not request.user.is_authenticated:
            return False
        granted = request.auth.scopes if request.auth else None
        wanted = getattr(view, "scopes", {}).get(request.method)
        if not granted or wanted == ANY or (wanted and allows(granted, wanted)):
            return True
        raise OutOfScope(wanted or "?")
