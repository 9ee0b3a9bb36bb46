"""The REST API: parse, ask a service, represent."""

import msgspec
from django.conf import settings
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.errors import NotFound
from messages_store.services import reading
from messages_store.services.tickets import issue as issue_ticket

from . import serializers
from .authentication import asker
from .serializers import parse


@api_view(["GET"])
def me(request):
    """Who is asking."""
    user = request.user
    return Response({**serializers.person(user), "username": user.username, "kind": user.kind})


@api_view(["GET"])
def inbox(request):
    """A page of one's events as the frames of the socket, by default after what was acknowledged last.

    `resync` is true where `after` is of no use any more: fetch the state, go on from `head`.
    """
    query = parse(serializers.InboxQuery, request)
    standing = reading.standing(user_id=request.user.pk)
    after = query.get("after", standing.acked)
    events = reading.inbox_page(user_id=request.user.pk, after=after, limit=query["limit"]) if query["limit"] else []
    return Response(
        {
            "epoch": standing.epoch,
            "head": standing.head,
            "resync": not standing.floor <= after <= standing.head,
            "results": [msgspec.json.decode(event.frame()) for event in events],
        }
    )


@api_view(["POST"])
def tickets(request):
    """A ticket for one socket: `/ws/v1/?ticket=…`."""
    ticket = issue_ticket(asker=asker(request))
    return Response({"ticket": ticket, "expires_in": settings.IM_TICKET_SECONDS}, status=201)


@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing(request, path: str):
    """Whatever else is asked for under the API's address."""
    raise NotFound
