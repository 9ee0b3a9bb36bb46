"""The REST API: parse, ask a service, represent."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.errors import NotFound
from messages_store.scopes import INBOX_READ
from messages_store.services.tickets import issue as issue_ticket

from . import serializers, shapes
from .authentication import asker
from .permissions import ANY, scopes


@scopes(get=ANY)
@extend_schema(tags=["users"], responses=shapes.Account)
@api_view(["GET"])
def me(request):
    """Who is asking."""
    return Response(serializers.account(request.user))


@scopes(post=INBOX_READ)
@extend_schema(tags=["inbox"], request=None, responses={201: shapes.Ticket})
@api_view(["POST"])
def tickets(request):
    """A ticket for one socket: `/ws/v1/?ticket=…`. It may what its token may, and ends with it."""
    ticket = issue_ticket(asker=asker(request))
    return Response({"ticket": ticket, "expires_in": settings.IM_TICKET_SECONDS}, status=201)


@extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing(request, path: str = ""):
    """Whatever else is asked for under the API's address."""
    raise NotFound
