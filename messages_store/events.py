"""How a message and an inbox entry look outside: on the wire, in the REST API, in a ring. Touches no database."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from .drafts import Draft
    from .models import Message, User


def moment(time: datetime | None) -> str | None:
    """A time as the wire writes it: 2026-11-21T08:15:30.123456Z."""
    return None if time is None else time.isoformat().removesuffix("+00:00") + "Z"


def describe(
    *,
    id: int,
    conversation_id: int | None,
    number: int | None,
    sender_id: int | None,
    kind: str,
    body: str,
    data: dict | None,
    client_id: UUID | None,
    created_at: datetime,
    edited_at: datetime | None = None,
    recalled_at: datetime | None = None,
    reply_to_id: int | None = None,
) -> dict:
    """The `message` object of the protocol."""
    return {
        "id": id,
        "conversation": conversation_id,
        "number": number,
        "sender": sender_id,
        "kind": kind,
        "body": body,
        "data": data,
        "client_id": None if client_id is None else str(client_id),
        "created_at": moment(created_at),
        "edited_at": moment(edited_at),
        "recalled_at": moment(recalled_at),
        "reply_to": reply_to_id,
    }


FIELDS = (
    "id",
    "conversation_id",
    "number",
    "sender_id",
    "kind",
    "body",
    "data",
    "client_id",
    "created_at",
    "edited_at",
    "recalled_at",
    "reply_to_id",
)


def represent(message: "Message") -> dict:
    return describe(**{field: getattr(message, field) for field in FIELDS})


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an inbox, ready for the wire.

    `message` is the JSON of the message object, built once for all recipients. `client_id` is set in the sender's
    own entry only: the connection that sent it answers with `accepted` in its place. Of an edit or a recall, which
    have no client_id, it is the token (see changes.py).
    """

    seq: int
    event: str
    message: str
    client_id: str | None = None

    def frame(self) -> str:
        return f'{{"type":"{self.event}","seq":{self.seq},"message":{self.message}}}'

    def tells(self, draft: "Draft") -> bool:
        """Whether this is the message of that draft; `to` and `data` are the store's to compare."""
        if self.event != "message":
            return True  # the token says it
        told = _decode_words(self.message)
        return told.body == draft.body and draft.conversation in (None, told.conversation)

    def accepted(self, *, client_id: str | None) -> str:
        """The frame that stands for this event on the connection that sent it; None: with the message's client_id."""
        stored = _decode_stored(self.message)
        changed = self.event != "message"
        return accepted(
            client_id=client_id or stored.client_id,
            message=stored.id,
            conversation=stored.conversation,
            number=stored.number,
            created_at=stored.created_at,
            seq=self.seq,
            edited_at=stored.edited_at if changed else None,
            recalled_at=stored.recalled_at if changed else None,
        )


class _Stored(msgspec.Struct):
    id: int
    conversation: int
    number: int
    client_id: str
    created_at: str
    edited_at: str | None
    recalled_at: str | None


class _Words(msgspec.Struct):
    conversation: int | None
    body: str


_decode_words = msgspec.json.Decoder(_Words).decode
_decode_stored = msgspec.json.Decoder(_Stored).decode


def accepted(
    *,
    client_id: str,
    message: int,
    conversation: int,
    number: int,
    created_at: str,
    seq: int,
    edited_at: str | None = None,
    recalled_at: str | None = None,
) -> str:
    changed = f',"edited_at":"{edited_at}"' if edited_at else ""
    changed += f',"recalled_at":"{recalled_at}"' if recalled_at else ""
    return (
        f'{{"type":"accepted","client_id":{as_json(client_id)},"message":{message},"conversation":{conversation},'
        f'"number":{number},"created_at":"{created_at}","seq":{seq}{changed}}}'
    )


def notifications_read(*, ids: list[int], up_to: int | None, unread: int) -> str:
    """The hint to a user's devices that these notifications are read, and all up to a seq."""
    everything_up_to = "" if up_to is None else f'"up_to":{up_to},'
    return f'{{"type":"notifications_read","ids":{ids},{everything_up_to}"unread":{unread}}}'


def person(user: "User") -> dict:
    """Somebody, wherever people are named. `avatar` is the address of a picture, or null."""
    return {"id": user.pk, "name": user.name, "avatar": f"/api/v1/avatars/{user.avatar}" if user.avatar else None}


def profile(user: "User") -> str:
    """The hint that somebody has this name and this picture now."""
    known = person(user)
    return as_json({"type": "profile", "user": known.pop("id"), **known})


def arranged(*, conversation: int, **own: bool) -> str:
    """The hint to a user's devices that the user has muted or pinned a conversation, or has not any more."""
    return as_json({"type": "arranged", "conversation": conversation, **own})


def as_json(message: dict | str) -> str:
    return msgspec.json.encode(message).decode()
