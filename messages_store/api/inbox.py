"""The events by polling: the same frames and the same cursor as on the sockets."""

import msgspec
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.errors import Conflict
from messages_store.ringing import hint_after_commit
from messages_store.scopes import INBOX_READ
from messages_store.services import reading, receipts

from . import serializers, shapes
from .authentication import device
from .openapi import fails
from .permissions import scopes
from .serializers import parse, parse_body


@scopes(get=INBOX_READ)
@extend_schema(tags=["inbox"], parameters=[serializers.InboxQuery], responses=shapes.Inbox)
@api_view(["GET"])
def inbox(request):
    """A page of one's events as the frames of the socket, by default after what was acknowledged last.

    `resync` is true where `after` is of no use any more: fetch the state, go on from `head`.
    """
    query = parse(serializers.InboxQuery, request)
    standing = reading.standing(user_id=request.user.pk)
    after = query.get("after", standing.acked)
    events = []
    if query["limit"]:
        # Who does not heed `resync` still gets on: from the floor, where there is something again.
        start = max(after, standing.floor)
        events = reading.inbox_page(user_id=request.user.pk, after=start, limit=query["limit"])
    resync = events is None or not standing.floor <= after <= standing.head
    events = events or []
    return Response(
        {
            "epoch": standing.epoch,
            "head": standing.head,
            "resync": resync,
            "results": [msgspec.json.decode(event.frame()) for event in events],
            "next": events[-1].seq if events and events[-1].seq < standing.head else None,
        }
    )


@scopes(post=INBOX_READ)
@extend_schema(
    tags=["inbox"],
    request=serializers.AckBody,
    responses={200: shapes.Acked, 409: fails("conflict: the inbox has begun anew")},
)
@api_view(["POST"])
def ack(request):
    """Everything up to a seq has arrived: it is `sent`, and neither polling nor a socket brings it again by itself.

    Nothing moves backwards, nor beyond the head.
    """
    asked = parse_body(serializers.AckBody, request)
    user_id = request.user.pk
    if "epoch" in asked and asked["epoch"] != reading.standing(user_id=user_id).epoch:
        raise Conflict(_("The inbox has begun anew since: fetch the state, go on from its head."))
    marks = receipts.ack(user_id=user_id, seq=asked["seq"], device=device(request))
    hint_after_commit(receipts.hints(marks=marks))
    standing = reading.standing(user_id=user_id)
    return Response({"epoch": standing.epoch, "head": standing.head, "acked": standing.acked})
