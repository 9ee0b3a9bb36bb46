"""Conversations by REST: listed, opened, changed. Each: parse, ask a service, ring, represent."""

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.events import arranged
from messages_store.ringing import hint_after_commit, ring_after_commit
from messages_store.scopes import CONVERSATIONS_READ, CONVERSATIONS_WRITE
from messages_store.services import groups, listing, people, receipts
from messages_store.services.conversations import open_or_make_direct, require_member

from . import serializers, shapes
from .openapi import fails
from .permissions import scopes
from .serializers import known, parse, parse_body


@scopes(get=CONVERSATIONS_READ, post=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["GET"],
    tags=["conversations"],
    description="The conversations that one is in, newest activity first.",
    parameters=[serializers.ConversationsQuery],
    responses=shapes.Conversations,
)
@extend_schema(
    methods=["POST"],
    tags=["conversations"],
    description="Open the direct conversation with somebody (201 where it was made now, else 200), or make a group.",
    request=serializers.NewConversation,
    responses={200: shapes.Conversed, 201: shapes.Conversed, 404: fails("not_found: no such user")},
)
@api_view(["GET", "POST"])
def conversations(request):
    """The conversations that one is in, newest activity first; or open a direct one, or make a group."""
    if request.method == "POST":
        return _open(request)
    query = parse(serializers.ConversationsQuery, request)
    return Response(serializers.page(listing.conversations(user_id=request.user.pk, **query)))


def _open(request) -> Response:
    """201 where it was made now, 200 where it was there."""
    new = parse_body(serializers.NewConversation, request)
    if "to" in new:
        opened, made = open_or_make_direct(user_id=request.user.pk, other_id=new["to"])
        return _shown(request, opened.pk, status=201 if made else 200)
    made, events = groups.create(creator_id=request.user.pk, title=new["title"], user_ids=new.get("members", ()))
    ring_after_commit(events)
    return _shown(request, made, status=201)


def _shown(request, conversation_id: int, *, status: int = 200) -> Response:
    """The conversation as in the list."""
    found = listing.conversation(user_id=request.user.pk, conversation_id=conversation_id)
    return Response(serializers.summary(found), status=status)


@scopes(get=CONVERSATIONS_READ, patch=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["GET"],
    tags=["conversations"],
    description="One conversation, as in the list.",
    responses=shapes.Conversed,
)
@extend_schema(
    methods=["PATCH"],
    tags=["conversations"],
    description="Rename the group, mute or pin the conversation for oneself; all or nothing.",
    request=serializers.ConversationChange,
    responses=shapes.Conversed,
)
@api_view(["GET", "PATCH"])
def conversation(request, conversation_id: int):
    """One conversation, as in the list; rename, mute or pin it."""
    if request.method == "PATCH":
        _change(request, known(conversation_id), parse_body(serializers.ConversationChange, request))
    return _shown(request, known(conversation_id))


@transaction.atomic
def _change(request, conversation_id: int, change: dict) -> None:
    """All or nothing."""
    where = {"conversation_id": conversation_id}
    if "title" in change:
        ring_after_commit(groups.rename(actor_id=request.user.pk, title=change["title"], **where))
    if "muted" in change:
        groups.mute(user_id=request.user.pk, muted=change["muted"], **where)
    if "pinned" in change:
        groups.pin(user_id=request.user.pk, pinned=change["pinned"], **where)
    own = {name: change[name] for name in ("muted", "pinned") if name in change}
    if own:
        hint_after_commit({request.user.pk: [arranged(conversation=conversation_id, **own)]})


@scopes(get=CONVERSATIONS_READ, post=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["GET"],
    tags=["conversations"],
    description="Who is in the conversation, the longest there first: all, or by a part of their name or username.",
    parameters=[serializers.UsersQuery],
    responses=shapes.Participants,
)
@extend_schema(
    methods=["POST"],
    tags=["conversations"],
    description="Add people to a group: 201, or 200 where all of them are in it already.",
    request=serializers.NewMembers,
    responses={200: shapes.Conversed, 201: shapes.Conversed},
)
@api_view(["GET", "POST"])
def members(request, conversation_id: int):
    """Who is in the conversation; or add people to a group: 201, or 200 where all of them are in it already."""
    if request.method == "GET":
        return _members(request, known(conversation_id), **parse(serializers.UsersQuery, request))
    users = parse_body(serializers.NewMembers, request)["users"]
    events = groups.add(actor_id=request.user.pk, conversation_id=known(conversation_id), user_ids=users)
    ring_after_commit(events)
    return _shown(request, conversation_id, status=201 if events else 200)


def _members(request, conversation_id: int, *, q: str, **query) -> Response:
    page = people.members(viewer_id=request.user.pk, conversation_id=conversation_id, text=q, **query)
    return Response({"results": [serializers.member(one) for one in page.results], "next": page.next})


@scopes(patch=CONVERSATIONS_WRITE, delete=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["PATCH"],
    tags=["conversations"],
    description="Make somebody in the group an admin or a member again, or hand it over (owner).",
    request=serializers.MemberChange,
    responses=shapes.Conversed,
)
@extend_schema(
    methods=["DELETE"],
    tags=["conversations"],
    description="Remove somebody from the group, or leave it oneself.",
    responses={204: None},
)
@api_view(["PATCH", "DELETE"])
def member(request, conversation_id: int, user_id: int):
    """Give somebody in a group a role; remove somebody, or leave."""
    where = {"actor_id": request.user.pk, "conversation_id": known(conversation_id), "user_id": known(user_id)}
    if request.method == "DELETE":
        ring_after_commit(groups.remove(**where))
        return Response(status=204)
    role = parse_body(serializers.MemberChange, request)["role"]
    ring_after_commit(groups.give_role(**where, role=role))
    return _shown(request, conversation_id)


@scopes(post=CONVERSATIONS_WRITE)
@extend_schema(tags=["conversations"], request=serializers.ReadMark, responses=shapes.Read)
@api_view(["POST"])
def read(request, conversation_id: int):
    """Everything in the conversation up to a number was read; how far that is now."""
    number = parse_body(serializers.ReadMark, request)["number"]
    where = {"user_id": request.user.pk, "conversation_id": known(conversation_id)}
    require_member(**where)
    hint_after_commit(receipts.hints(marks=receipts.read(**where, number=number)))
    return Response({"read_number": require_member(**where).read_number})
