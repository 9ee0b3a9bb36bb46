"""Bodies of requests: bounded; JSON, or the bytes of an upload."""

import msgspec
from django.conf import settings
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser

from messages_store.errors import TooLarge


def read(stream) -> bytes:
    """The whole body, as far as a body may go."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(most + 1)
    if len(body) > most:
        raise TooLarge(_("A request has at most %d bytes.") % most)
    return body


class BoundedJSONParser(JSONParser):
    """DRF's own reads any amount, fails at deep nesting, and lets halves of surrogate pairs through."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return msgspec.json.decode(read(stream))
        except (msgspec.MsgspecError, UnicodeError, RecursionError, UnreadablePostError):
            raise ParseError(_("The body is not JSON.")) from None


class BytesParser(BaseParser):
    """The bytes themselves: a part of an upload."""

    media_type = "application/octet-stream"

    def parse(self, stream, media_type=None, parser_context=None) -> bytes:
        try:
            return read(stream)
        except UnreadablePostError:
            raise ParseError(_("The body ended too early.")) from None
