"""Uploading by REST, and what was uploaded given to who may have it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from messages_store import sniffing
from messages_store.drafts import is_unicode
from messages_store.errors import NotFound
from messages_store.models import Attachment
from messages_store.scopes import CONVERSATIONS_READ, CONVERSATIONS_WRITE
from messages_store.services import attaching, uploading

from . import ranges
from .openapi import fails
from .parsing import BytesParser
from .permissions import scopes
from .ranges import file_view
from .serializers import LARGEST, known, parse, parse_body


class NewUpload(serializers.Serializer):
    name = serializers.CharField(max_length=1_000, trim_whitespace=False)
    size = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text="bytes")
    type = serializers.CharField(
        default="", allow_blank=True, max_length=255, help_text="what the sender takes it for; its bytes decide"
    )

    def validate_name(self, name: str) -> str:
        if not is_unicode(name):
            self.fields["name"].fail("invalid")
        return name


class Place(serializers.Serializer):
    offset = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text="of the first of these bytes")


class Small(serializers.Serializer):
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class Described(serializers.Serializer):
    """An element of a message's `data.attachments`."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField(help_text="the media type, as the bytes say")
    size = serializers.IntegerField(help_text="bytes")
    width = serializers.IntegerField(allow_null=True, help_text="of a picture")
    height = serializers.IntegerField(allow_null=True)
    thumbnail = Small(allow_null=True, help_text="there is one, of this size")


class Upload(serializers.Serializer):
    id = serializers.IntegerField()
    size = serializers.IntegerField(help_text="bytes")
    offset = serializers.IntegerField(help_text="so many are here: where to go on")
    state = serializers.ChoiceField(choices=Attachment.State.values)
    attachment = Described(allow_null=True, help_text="once it is ready: what to send")


def represent(upload: Attachment) -> dict:
    ready = upload.state == Attachment.State.READY
    return {
        "id": upload.pk,
        "size": upload.size,
        "offset": upload.received,
        "state": upload.state,
        "attachment": upload.describe() if ready else None,
    }


@scopes(post=CONVERSATIONS_WRITE)
@extend_schema(
    tags=["attachments"],
    description="Announce a file. Then send its bytes to the upload, part by part.",
    request=NewUpload,
    responses={201: Upload},
)
@api_view(["POST"])
def uploads(request):
    begun = uploading.begin(owner_id=request.user.pk, **parse_body(NewUpload, request))
    return Response(represent(begun), status=201)


CONFLICT = fails("conflict: the upload is elsewhere, or has ended: ask for its `offset`")


@scopes(get=CONVERSATIONS_READ, patch=CONVERSATIONS_WRITE, delete=CONVERSATIONS_WRITE)
@extend_schema(methods=["GET"], tags=["attachments"], description="How far one's own upload is.", responses=Upload)
@extend_schema(
    methods=["PATCH"],
    tags=["attachments"],
    description="The next bytes of it: at least 64 KiB but for the last ones, at most 1 MiB. The last ones answer when "
    "the file was looked at.",
    parameters=[Place],
    request={"application/octet-stream": OpenApiTypes.BINARY},
    responses={200: Upload, 409: CONFLICT},
)
@extend_schema(
    methods=["DELETE"],
    tags=["attachments"],
    description="Give it up.",
    responses={204: None, 409: fails("conflict: a message has it")},
)
@api_view(["GET", "PATCH", "DELETE"])
@parser_classes([BytesParser])
def upload(request, upload_id: int):
    whose = {"owner_id": request.user.pk, "upload_id": known(upload_id)}
    if request.method == "DELETE":
        uploading.cancel(**whose)
        return Response(status=204)
    if request.method == "GET":
        return Response(represent(uploading.find(**whose)))
    uploading.find(**whose)  # before what is wrong with the bytes: strangers are told nothing
    part = request.data if isinstance(request.data, bytes) else b""  # an empty body is not parsed
    return Response(represent(uploading.append(**whose, **parse(Place, request), part=part)))


@scopes(get=CONVERSATIONS_READ)
@file_view(
    tag="attachments",
    description="A file of a message that one may read, or of one's own upload: a picture to be shown, anything else "
    "to be saved. A part of it by `Range`.",
)
def attachment(request, attachment_id: int):
    found = attaching.readable(user_id=request.user.pk, attachment_id=known(attachment_id))
    name = None if found.type in sniffing.PICTURES else found.name
    return ranges.answer(request, file=found.file, size=found.file_size, type=found.type, name=name)


@scopes(get=CONVERSATIONS_READ)
@file_view(tag="attachments", description="A small picture of it, where there is one.")
def thumbnail(request, attachment_id: int):
    found = attaching.readable(user_id=request.user.pk, attachment_id=known(attachment_id))
    if not found.thumbnail:
        raise NotFound
    return ranges.answer(request, file=found.thumbnail, size=found.thumbnail_size, type="image/webp", name=None)
