"""Messages by REST: history, one of them, sent, edited, recalled. The rules are those of the socket."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.changes import Change, Edit, Recall
from messages_store.drafts import Draft
from messages_store.errors import ChatError
from messages_store.events import represent
from messages_store.ringing import ring_after_commit
from messages_store.scopes import CONVERSATIONS_READ, CONVERSATIONS_WRITE
from messages_store.services import editing, named, reading, searching, sending

from . import serializers, shapes
from .openapi import fails
from .permissions import scopes
from .serializers import known, parse, parse_body


@scopes(get=CONVERSATIONS_READ, post=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["GET"],
    tags=["messages"],
    description="A page of a conversation's history, ascending by number, with the people whom it names; or a search.",
    parameters=[serializers.HistoryQuery],
    responses=shapes.History,
)
@extend_schema(
    methods=["POST"],
    tags=["messages"],
    description="Say something: 201. The same `client_id` again: 200, the same answer, and no second message.",
    request=serializers.NewMessage,
    responses={
        200: shapes.Accepted,
        201: shapes.Accepted,
        409: fails("conflict: the client_id was used for another message"),
    },
)
@api_view(["GET", "POST"])
def messages(request, conversation_id: int):
    """A page of a conversation's history, ascending by number, with the people whom it names; or what it says of `q`,
    newest first; or say something."""
    if request.method == "POST":
        return _send(request, known(conversation_id))
    query = parse(serializers.HistoryQuery, request)
    if "q" in query:
        return _search(request, conversation_id=known(conversation_id), **query)
    query.pop("cursor", None)
    return _history(request, conversation_id=known(conversation_id), **query)


def _history(request, *, limit: int, **query) -> Response:
    found = reading.history(user_id=request.user.pk, limit=limit + 1, **query)
    forward, more = "after" in query, len(found) > limit
    shown = found[:limit] if forward else found[-limit:]
    return Response({**_with_people(shown), "next": shown[-1 if forward else 0].number if more else None})


@scopes(get=CONVERSATIONS_READ)
@extend_schema(tags=["messages"], parameters=[serializers.SearchQuery], responses=shapes.Found)
@api_view(["GET"])
def search(request):
    """What was said in any of one's conversations, newest first."""
    return _search(request, **parse(serializers.SearchQuery, request))


def _search(request, *, q: str, **query) -> Response:
    page = searching.search(user_id=request.user.pk, text=q, **query)
    return Response({**_with_people(page.results), "next": page.next})


def _with_people(found: list) -> dict:
    people = named.people(messages=found)
    return {
        "results": [represent(message) for message in found],
        "people": [serializers.person(people[id]) for id in sorted(people)],
    }


def _send(request, conversation_id: int) -> Response:
    """The fields of `accepted`: 201 where the message was stored now, 200 where it was stored before."""
    draft = Draft(sender=request.user.pk, conversation=conversation_id, **parse_body(serializers.NewMessage, request))
    accepted, stored = _outcome(sending.send([draft]))
    answer = {name: value for name, value in asdict(accepted).items() if value is not None}
    return Response(answer, status=201 if stored else 200)


def _outcome(sent: sending.Sent) -> tuple[sending.Accepted, bool]:
    """What became of the one that was asked for, and whether anything was stored."""
    [outcome] = sent.outcomes
    if isinstance(outcome, ChatError):
        raise outcome
    ring_after_commit(sent.events)
    return outcome, bool(sent.events)


@scopes(get=CONVERSATIONS_READ, patch=CONVERSATIONS_WRITE, delete=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["GET"],
    tags=["messages"],
    description="One message as it is now.",
    responses=shapes.Message,
)
@extend_schema(
    methods=["PATCH"],
    tags=["messages"],
    description="Edit one's own message, for a while (IM_EDIT_SECONDS).",
    request=serializers.MessageChange,
    responses={200: shapes.Message, 409: fails("conflict: the message was recalled")},
)
@extend_schema(
    methods=["DELETE"],
    tags=["messages"],
    description="Recall one's own message, for a while: what it said is gone, everywhere.",
    responses={200: shapes.Message},
)
@api_view(["GET", "PATCH", "DELETE"])
def message(request, message_id: int):
    """One message as it is now; edit it; recall it."""
    if request.method == "PATCH":
        _change(Edit(request.user.pk, known(message_id), parse_body(serializers.MessageChange, request)["body"]))
    elif request.method == "DELETE":
        _change(Recall(request.user.pk, known(message_id)))
    return Response(represent(reading.message(user_id=request.user.pk, message_id=known(message_id))))


def _change(change: Change) -> None:
    _outcome(editing.change([change]))
