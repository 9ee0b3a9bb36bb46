"""From a text to a frame, or to one of two answers. Pure."""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from messages_store.errors import ChatError, Invalid


class Malformed(Exception):
    """Not a frame at all: the connection closes with 4500."""


class Unusable(Exception):
    """JSON, but no frame that we know: answered with `error`, and the connection goes on."""

    def __init__(self, message: str, client_id: str | None = None, message_id: int | None = None):
        super().__init__(message)
        self.client_id = client_id
        self.message_id = message_id
        self.error: ChatError = Invalid(message)


def size(text: str | None) -> int:
    """How many bytes a text takes on the wire."""
    if text is None:
        return 0
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def decode(text: str | None, decoder: msgspec.json.Decoder, *, at_most: int) -> Any:
    """What is in a text of at most so many bytes. Size first, then JSON, then meaning."""
    if text is None:
        raise Malformed("Frames are text, not binary.")
    if len(text) > at_most:
        raise Malformed(f"A frame has at most {at_most} bytes.")
    try:
        encoded = text.encode()
        if len(encoded) > at_most:
            raise Malformed(f"A frame has at most {at_most} bytes.")
        return decoder.decode(encoded)
    except msgspec.ValidationError as error:
        raise Unusable(f"This frame cannot be understood: {_shortened(error)}.", _client_id(encoded)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Malformed("A frame is one JSON object.") from None


def _shortened(error: msgspec.ValidationError) -> str:
    """What was wrong, and where; not all of a long value, which the error repeats."""
    text = str(error)
    return text if len(text) <= 200 else f"{text[:100]} … {text[-50:]}"


class _Named(msgspec.Struct):
    client_id: Annotated[str, msgspec.Meta(max_length=128)] | None = None


def _client_id(encoded: bytes) -> str | None:
    """The client_id of a frame that is wrong otherwise, so that its sender knows which message failed."""
    try:
        return msgspec.json.decode(encoded, type=_Named).client_id
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def client_uuid(client_id: str) -> UUID:
    try:
        return UUID(client_id)
    except ValueError:
        raise Unusable("client_id must be a UUID.", client_id) from None
