"""The frames of the socket: what a server's text says, and the texts of ours. Pure."""

from typing import Any

import msgspec

from .records import Accepted, Account, Event, Message, Record


class Limits(Record, frozen=True):
    frame_bytes: int = 65_536
    window: int = 64
    sends_per_minute: int = 0


class Welcome(Record, frozen=True):
    """`start`: events after this seq follow. `resync`: what our hello said is of no use any more."""

    connection: str
    node: str
    user: Account
    epoch: str
    head: int
    start: int = msgspec.field(name="from")
    unsent: int = 0
    unread: int = 0
    limits: Limits = Limits()
    resync: bool = False


class Refusal(Record, frozen=True):
    code: str
    message: str = ""
    client_id: str | None = None
    message_id: int | None = None
    retry_after: float | None = None


class Bye(Record, frozen=True):
    code: int
    reason: str = ""
    reconnect_after: float | None = None


class Unknown(Record, frozen=True):
    """A frame, or an event, that came into the protocol later than this client."""

    seq: int | None = None


class Hint(Record, frozen=True):
    """What is not stored and may be lost: `type` is typing, presence, marks …, `fields` are as in the protocol."""

    type: str
    fields: dict[str, Any]


Frame = Welcome | Event | Accepted | Refusal | Bye | Hint | Unknown


class _Head(msgspec.Struct):
    type: str = ""
    seq: int | None = None


class _Entry(Record, frozen=True):
    type: str
    seq: int
    message: Message


_head = msgspec.json.Decoder(_Head)
_entry = msgspec.json.Decoder(_Entry)
_others: dict[str, msgspec.json.Decoder[Any]] = {
    "welcome": msgspec.json.Decoder(Welcome),
    "accepted": msgspec.json.Decoder(Accepted),
    "error": msgspec.json.Decoder(Refusal),
    "bye": msgspec.json.Decoder(Bye),
}
EVENTS = ("message", "edited", "recalled")


def parse(text: str | bytes, *, epoch: str = "") -> Frame:
    """What a text of the server says. msgspec.MsgspecError where it is none of the protocol."""
    head = _head.decode(text)
    if head.type in EVENTS:
        entry = _entry.decode(text)
        return Event(type=entry.type, seq=entry.seq, message=entry.message, epoch=epoch)
    if head.type in _others:
        frame: Frame = _others[head.type].decode(text)
        return frame
    if head.seq is not None:
        return Unknown(seq=head.seq)
    fields = msgspec.json.decode(text, type=dict[str, Any])
    fields.pop("type", None)
    return Hint(type=head.type, fields=fields)


def build(type: str, **fields: Any) -> str:
    """A frame without what is None."""
    said = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.encode({"type": type, **said}).decode()
