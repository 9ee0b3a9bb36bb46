"""What the server tells, as it stands in the protocol. Immutable; fields that are not known here are passed over."""

from datetime import datetime
from typing import Any

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all."""


class Person(Record, frozen=True):
    id: int
    name: str = ""


class Account(Person, frozen=True):
    username: str = ""
    kind: str = ""


class Member(Person, frozen=True):
    """`role`: owner, admin, member."""

    role: str = "member"


class Mark(Record, frozen=True):
    """How far a member has come, in numbers of messages."""

    user: int
    sent: int = 0
    read: int = 0


class Message(Record, frozen=True):
    """`sender` is None for the system; a notification has neither `conversation` nor `number`."""

    id: int
    conversation: int | None = None
    number: int | None = None
    sender: int | None = None
    kind: str = "text"
    body: str = ""
    data: dict[str, Any] | None = None
    client_id: str | None = None
    created_at: datetime | None = None
    edited_at: datetime | None = None
    recalled_at: datetime | None = None
    reply_to: int | None = None


class Conversation(Record, frozen=True):
    """`kind`: direct, group, support. `role`, `muted`, `pinned` and `opened` are one's own."""

    id: int
    kind: str
    title: str = ""
    created_at: datetime | None = None
    last_number: int = 0
    last_message: Message | None = None
    unread: int = 0
    read_number: int = 0
    floor_number: int = 0
    role: str = ""
    muted: bool = False
    pinned: bool = False
    opened: bool = False
    members: tuple[Member, ...] = ()
    member_count: int = 0
    marks: tuple[Mark, ...] = ()


class Accepted(Record, frozen=True):
    """The message is stored: `seq` is its place in one's own inbox, `message` its id."""

    client_id: str | None
    message: int
    conversation: int | None
    number: int | None
    created_at: datetime | None
    seq: int


class Event(Record, frozen=True):
    """An entry of the inbox. `type`: message, edited, recalled. `message` is as it was when the entry was read."""

    type: str
    seq: int
    message: Message
    epoch: str = ""


class InboxPage(Record, frozen=True):
    """`resync`: what `after` said is of no use any more. Fetch the state, go on from `head`."""

    epoch: str
    head: int
    resync: bool = False
    results: tuple[Event, ...] = ()
    next: int | None = None


class Acked(Record, frozen=True):
    epoch: str
    head: int
    acked: int


class Presence(Record, frozen=True):
    user: int
    online: bool
    last_seen: datetime | None = None
    away: bool = False


class Ticket(Record, frozen=True):
    """Opens one socket within `expires_in` seconds."""

    ticket: str
    expires_in: float


class Recipient(Record, frozen=True):
    """`status`: unsent, sent."""

    user: int
    status: str
    sent_at: datetime | None = None
    read_at: datetime | None = None


class Notified(Record, frozen=True):
    """A notification was stored. `recipients` is None where they are so many that they are served later."""

    id: int
    created_at: datetime
    recipients: tuple[Recipient, ...] | None = None


class Told(Record, frozen=True):
    """What a notification says. `level`: info, success, warning, error, urgent."""

    id: int
    title: str
    body: str = ""
    url: str = ""
    level: str = "info"
    data: dict[str, Any] | None = None
    sender: int | None = None
    created_at: datetime | None = None


class Progress(Told, frozen=True):
    """How far a notification has come: `done` of `total` inboxes, of which so many are unsent, sent, read."""

    total: int | None = None
    done: int = 0
    unsent: int = 0
    sent: int = 0
    read: int = 0
    finished_at: datetime | None = None


class OwnNotification(Told, frozen=True):
    """One that came to oneself; `id` is that of its message."""

    seq: int = 0
    read_at: datetime | None = None


class Step(Record, frozen=True):
    """What became of a message with one recipient. The parts are as in the protocol."""

    recipient: Person
    seq: int
    event: str
    stored: dict[str, Any] | None = None
    published: dict[str, Any] | None = None
    sent: dict[str, Any] | None = None
    read: dict[str, Any] | None = None
    reminded: tuple[dict[str, Any], ...] = ()
