"""Bodies of requests: bounded, and nothing but JSON."""

import msgspec
from django.conf import settings
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from messages_store.errors import TooLarge


class BoundedJSONParser(JSONParser):
    """DRF's own reads any amount, fails at deep nesting, and lets halves of surrogate pairs through."""

    def parse(self, stream, media_type=None, parser_context=None):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            body = stream.read(most + 1)
            if len(body) > most:
                raise TooLarge(_("A request has at most %d bytes.") % most)
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, UnreadablePostError):
            raise ParseError(_("The body is not JSON.")) from None
