"""People's pictures."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.drafts import LARGEST_ID
from messages_store.ringing import profile_after_commit
from messages_store.scopes import CONVERSATIONS_WRITE, USERS_READ
from messages_store.services import avatars

from . import ranges, shapes
from .openapi import fails
from .permissions import scopes
from .ranges import file_view
from .serializers import account, parse_body


class Choice(serializers.Serializer):
    upload = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="the id of a picture of one's own")


@scopes(put=CONVERSATIONS_WRITE, delete=CONVERSATIONS_WRITE)
@extend_schema(
    methods=["PUT"],
    tags=["users"],
    description="Show the middle of an uploaded picture as one's own. The upload is used up.",
    request=Choice,
    responses={200: shapes.Account, 404: fails("not_found: no such upload, or it is not yours")},
)
@extend_schema(methods=["DELETE"], tags=["users"], description="Show none.", responses={200: shapes.Account})
@api_view(["PUT", "DELETE"])
def own_avatar(request):
    if request.method == "PUT":
        avatars.choose(user=request.user, upload_id=parse_body(Choice, request)["upload"])
    else:
        avatars.remove(user=request.user)
    profile_after_commit(request.user)
    return Response(account(request.user))


@scopes(get=USERS_READ)
@file_view(
    tag="users",
    description="A picture of somebody, for whoever was told its address and is signed in. Another picture has another "
    "address.",
)
def avatar(request, avatar: str):
    found = avatars.find(key=avatar)
    return ranges.answer(request, file=found.file, size=found.size, type="image/webp", name=None, lasting=True)
