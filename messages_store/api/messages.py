"""Messages by REST: history, one of them, sent, edited, recalled. The rules are those of the socket."""

from dataclasses import asdict

from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.changes import Change, Edit, Recall
from messages_store.drafts import Draft
from messages_store.errors import ChatError
from messages_store.events import represent
from messages_store.ringing import ring_after_commit
from messages_store.services import editing, listing, reading, searching, sending

from . import serializers
from .serializers import known, parse, parse_body


@api_view(["GET", "POST"])
def messages(request, conversation_id: int):
    """A page of a conversation's history, ascending by number, with the people who wrote it; or what it says of `q`,
    newest first; or say something."""
    if request.method == "POST":
        return _send(request, known(conversation_id))
    query = parse(serializers.HistoryQuery, request)
    if "q" in query:
        return _search(request, conversation_id=known(conversation_id), **query)
    query.pop("cursor", None)
    history = reading.history(user_id=request.user.pk, conversation_id=known(conversation_id), **query)
    return Response(_with_people(history))


@api_view(["GET"])
def search(request):
    """What was said in any of one's conversations, newest first."""
    return _search(request, **parse(serializers.SearchQuery, request))


def _search(request, *, q: str, **query) -> Response:
    page = searching.search(user_id=request.user.pk, text=q, **query)
    return Response({**_with_people(page.results), "next": page.next})


def _with_people(found: list) -> dict:
    people = listing.people(user_ids={message.sender_id for message in found})
    return {
        "results": [represent(message) for message in found],
        "people": [serializers.person(user) for user in people],
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


@api_view(["GET", "PATCH", "DELETE"])
def message(request, message_id: int):
    """One message as it is now; edit it; recall it."""
    if request.method == "PATCH":
        _change(Edit(request.user.pk, message_id, parse_body(serializers.MessageChange, request)["body"]))
    elif request.method == "DELETE":
        _change(Recall(request.user.pk, message_id))
    return Response(represent(reading.message(user_id=request.user.pk, message_id=known(message_id))))


def _change(change: Change) -> None:
    known(change.message)
    _outcome(editing.change([change]))
