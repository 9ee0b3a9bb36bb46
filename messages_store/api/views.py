"""The REST API: parse, ask a service, represent."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.errors import NoSuchConversation, NotFound
from messages_store.events import represent
from messages_store.scopes import CONVERSATIONS_READ, INBOX_READ
from messages_store.services import listing, reading
from messages_store.services.tickets import issue as issue_ticket

from . import serializers, shapes
from .authentication import asker
from .permissions import ANY, scopes
from .serializers import parse


@scopes(get=ANY)
@extend_schema(tags=["users"], responses=shapes.Account)
@api_view(["GET"])
def me(request):
    """Who is asking."""
    return Response(serializers.account(request.user))


@scopes(get=CONVERSATIONS_READ)
@extend_schema(tags=["conversations"], parameters=[serializers.ConversationsQuery], responses=shapes.Conversations)
@api_view(["GET"])
def conversations(request):
    """The conversations that one is in, newest activity first."""
    query = parse(serializers.ConversationsQuery, request)
    return Response(serializers.page(listing.conversations(user_id=request.user.pk, **query)))


@scopes(get=CONVERSATIONS_READ)
@extend_schema(tags=["conversations"], responses=shapes.Conversed)
@api_view(["GET"])
def conversation(request, conversation_id: int):
    """One conversation, as in the list."""
    found = listing.conversation(user_id=request.user.pk, conversation_id=known(conversation_id))
    return Response(serializers.summary(found))


@scopes(get=CONVERSATIONS_READ)
@extend_schema(tags=["messages"], parameters=[serializers.HistoryQuery], responses=shapes.History)
@api_view(["GET"])
def messages(request, conversation_id: int):
    """A page of a conversation's history, ascending by number, with the people who wrote it."""
    query = parse(serializers.HistoryQuery, request)
    limit = query.pop("limit")
    found = reading.history(user_id=request.user.pk, conversation_id=known(conversation_id), limit=limit + 1, **query)
    forward, more = "after" in query, len(found) > limit
    shown = found[:limit] if forward else found[-limit:]
    people = listing.people(user_ids={message.sender_id for message in shown})
    return Response(
        {
            "results": [represent(message) for message in shown],
            "people": [serializers.person(user) for user in people],
            "next": shown[-1 if forward else 0].number if more else None,
        }
    )


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


def known(conversation_id: int) -> int:
    """The id, unless no database could hold it."""
    if conversation_id > serializers.LARGEST:
        raise NoSuchConversation
    return conversation_id
