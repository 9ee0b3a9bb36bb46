"""Frames: parsed and built. Pure."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from messages_store.events import moment

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Short = Annotated[str, msgspec.Meta(max_length=128)]


class Frame(msgspec.Struct, tag_field="type", frozen=True):
    """What a client sends. Fields that we do not know are passed over."""


class Device(msgspec.Struct, frozen=True):
    """What is connecting. `id` is the device's own choice and stays the same for it."""

    id: Short = ""
    kind: Literal["web", "ios", "android", "desktop", "widget", "bot"] = "web"


class Hello(Frame, tag="hello"):
    """The first frame. `seq` is the highest that this device has; without it, the user's last acknowledged one."""

    device: Device = Device()
    epoch: Short | None = None
    seq: Count | None = None


class Send(Frame, tag="send"):
    """A message for a conversation, or for a user's direct conversation."""

    client_id: Short
    body: str
    conversation: Id | None = None
    to: Id | None = None
    kind: Short = "text"
    data: dict | None = None
    reply_to: Id | None = None


class Ack(Frame, tag="ack"):
    """The device has every event up to `seq`."""

    seq: Count


class Read(Frame, tag="read"):
    """The user has read the conversation up to `number`."""

    conversation: Id
    number: Count


class Ping(Frame, tag="ping"):
    """`t` comes back with the pong."""

    t: int | float | Short | None = None


AnyFrame = Hello | Send | Ack | Read | Ping
_decoder = msgspec.json.Decoder(AnyFrame)


class Malformed(Exception):
    """Not a frame at all: the connection closes with 4500."""


class Unusable(Exception):
    """JSON, but no frame that we know: answered with `error`, and the connection goes on."""

    def __init__(self, message: str, client_id: str | None = None):
        super().__init__(message)
        self.client_id = client_id


def parse(text: str | None, *, at_most: int) -> AnyFrame:
    """The frame in a text of at most so many bytes. Size first, then JSON, then meaning."""
    if text is None:
        raise Malformed("Frames are text, not binary.")
    if len(text) > at_most:
        raise Malformed(f"A frame has at most {at_most} bytes.")
    try:
        encoded = text.encode()
        if len(encoded) > at_most:
            raise Malformed(f"A frame has at most {at_most} bytes.")
        return _decoder.decode(encoded)
    except msgspec.ValidationError as error:
        raise Unusable(f"This frame cannot be understood: {error}.", _client_id(encoded)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Malformed("A frame is one JSON object.") from None


class _Named(msgspec.Struct):
    client_id: Short | None = None


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


def build(type: str, **fields) -> str:
    """A frame for a client. Fields that are None are sent as null."""
    return msgspec.json.encode({"type": type, **fields}).decode()


def error(code: str, message: str, *, client_id: str | None = None, retry_after: float | None = None) -> str:
    optional = {"client_id": client_id, "retry_after": retry_after}
    return build("error", code=code, message=message, **{k: v for k, v in optional.items() if v is not None})


def now() -> str:
    """This node's time, as the wire writes times."""
    return moment(datetime.now(UTC))


class Close:
    """Close codes. 4000–4499: come back; 4500–4999: don't, until something changes."""

    DRAINING = 4000
    STORE_UNAVAILABLE = 4001
    NO_HELLO = 4002
    NO_SIGN_OF_LIFE = 4003
    RATE_EXCEEDED = 4008
    MALFORMED = 4500
    NOT_AUTHENTICATED = 4501
