"""Tickets: asked for by REST, given back with the opening of one socket."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from messages_store.models import Ticket, Token, User

from .tokens import digest


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked for a ticket, and signed in by what: a token's digest, a session's key, or something else."""

    user: User
    token: str = ""
    session_key: str = ""
    scopes: tuple[str, ...] = ()  # of the token; none: all that the user may


def issue(*, asker: Asker) -> str:
    """A ticket for one socket within the next IM_TICKET_SECONDS, by the database's clock."""
    Ticket.objects.filter(expires_at__lte=Now()).delete()
    ticket = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=digest(ticket),
        user=asker.user,
        token_id=asker.token or None,
        session_key=asker.session_key,
        expires_at=Now() + timedelta(seconds=settings.IM_TICKET_SECONDS),
    )
    return ticket


def redeem(ticket: str) -> Asker | None:
    """Who asked for this ticket, the first time that it comes; None where it is unknown, used up or too late."""
    here = Ticket.objects.filter(digest=digest(ticket), expires_at__gt=Now())
    found = here.select_related("user", "token").first()
    won = found is not None and here.delete()[0]  # of several who redeem it at once, one deletes it
    if not won or not found.user.is_active:
        return None
    if found.token is None:
        return Asker(found.user, session_key=found.session_key)
    if not Token.objects.good().filter(pk=found.token_id).exists():
        return None
    return Asker(found.user, token=found.token_id, scopes=tuple(found.token.scopes or ()))
