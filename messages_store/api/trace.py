"""`GET messages/{id}/trace`: what became of a message, for its sender and for staff."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.events import moment
from messages_store.scopes import CONVERSATIONS_READ
from messages_store.services import tracing

from . import trace_shapes
from .permissions import scopes
from .serializers import LARGEST, known, parse, person


class TraceQuery(serializers.Serializer):
    cursor = serializers.IntegerField(default=0, min_value=0, max_value=LARGEST)
    limit = serializers.IntegerField(default=200, min_value=1, max_value=1_000)


@scopes(get=CONVERSATIONS_READ)
@extend_schema(tags=["messages"], parameters=[TraceQuery], responses=trace_shapes.Trace)
@api_view(["GET"])
def trace(request, message_id: int):
    """What became of a message: a page of its entries in its recipients' inboxes, in the order of their delivery."""
    found = tracing.trace(user=request.user, message_id=known(message_id), **parse(TraceQuery, request))
    message = found.message
    return Response(
        {
            "message": message.pk,
            "conversation": message.conversation_id,
            "number": message.number,
            "sender": message.sender_id,
            "kind": message.kind,
            "created_at": moment(message.created_at),
            "edited_at": moment(message.edited_at),
            "recalled_at": moment(message.recalled_at),
            "node": found.node,
            "results": [step(one, found.node) for one in found.steps],
            "next": found.next,
            "pruned": found.pruned,
        }
    )


def step(step: tracing.Step, stored_by: str | None) -> dict:
    return {
        "recipient": person(step.recipient),
        "seq": step.seq,
        "event": step.event,
        "stored": {"at": moment(step.stored_at), "node": stored_by if step.event == "message" else None},
        "published": published(step.published),
        "sent": None if step.sent_at is None else sent(step),
        "read": {"no_later_than": moment(step.read_at)} if step.read else None,
        "reminded": [
            {
                "how": one.how,
                "when": moment(one.when),
                "outcome": one.outcome,
                "number": one.number,
                "attempts": one.attempts,
            }
            for one in step.reminded
        ],
    }


def published(published: tracing.Published) -> dict:
    outage = published.outage
    return {
        "outcome": published.outcome,
        "outage": outage
        and {
            "node": outage.node.name,
            "reason": outage.reason,
            "began_at": moment(outage.began_at),
            "ended_at": moment(outage.ended_at),
        },
    }


def sent(step: tracing.Step) -> dict:
    device = step.device
    return {
        "at": moment(step.sent_at),
        "own": step.own,
        "device": device and {"id": device.device_id, "kind": device.kind},
        "node": step.node,
    }
