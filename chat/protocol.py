"""Frames: parsed and built. Pure."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from messages_store.errors import ChatError
from messages_store.events import moment

from .close import Close as Close  # for who speaks of frames and of what ends them
from .parsing import Malformed as Malformed
from .parsing import Unusable as Unusable
from .parsing import client_uuid as client_uuid
from .parsing import decode
from .parsing import size as size

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
MOST_WATCHED = 200  # users that one connection may watch
MOST_READ = 200  # notifications that one frame may name
Short = Annotated[str, msgspec.Meta(max_length=128)]


class Frame(msgspec.Struct, tag_field="type", frozen=True):
    """One JSON object on the wire. Fields that we do not know are passed over."""


# What a client sends.


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


class Edit(Frame, tag="edit"):
    """The message is to say this. Only one's own, and not for long."""

    message: Id
    body: str


class Recall(Frame, tag="recall"):
    """The message is to say nothing any more. Only one's own, and not for long."""

    message: Id


class Ping(Frame, tag="ping"):
    """`t` comes back with the pong."""

    t: int | float | Short | None = None


class Typing(Frame, tag="typing", omit_defaults=True):
    """The user is typing. A client sends the conversation; what it gets names the user, and is over after 5 s."""

    conversation: Id
    user: Id | None = None


class Watch(Frame, tag="watch"):
    """Tell how these users are, now and whenever it changes. Replaces the last `watch` of the connection."""

    users: Annotated[list[Id], msgspec.Meta(max_length=MOST_WATCHED)]


class NotificationsRead(Frame, tag="notifications_read", omit_defaults=True):
    """These notifications, by the ids of their messages, and all up to the seq `up_to` are read.

    A client says it; what the user's devices get has how many are not read. Of 200 ids at most.
    """

    ids: Annotated[list[Id], msgspec.Meta(max_length=MOST_READ)] = []
    up_to: Count | None = None
    unread: Count | None = None


class Idle(Frame, tag="idle"):
    """Whether nobody is at the device. Somebody all of whose devices are idle is away."""

    idle: bool


AnyFrame = Hello | Send | Edit | Recall | Ack | Read | Ping | Typing | Watch | NotificationsRead | Idle
_decoder = msgspec.json.Decoder(AnyFrame)


def parse(text: str | None, *, at_most: int) -> AnyFrame:
    """The frame in a text of at most so many bytes."""
    return decode(text, _decoder, at_most=at_most)


# What a client gets. `message`, `edited`, `recalled` and `accepted` are written by messages_store.events, once for all
# recipients; here they are described, for the schemas and for clients in Python.


class User(msgspec.Struct, frozen=True):
    id: Id
    name: str
    kind: Literal["user", "customer", "agent", "visitor", "service"]


class Limits(msgspec.Struct, frozen=True):
    """`frame_bytes` in bytes, `window` in events."""

    frame_bytes: int
    window: int
    sends_per_minute: int


class Welcome(Frame, tag="welcome", omit_defaults=True):
    """The answer to hello. Events after the seq `from` follow."""

    connection: str
    node: str
    user: User
    epoch: str
    head: Count
    from_: Count = msgspec.field(name="from")
    unsent: Count
    unread: Count
    limits: Limits
    server_time: str
    resync: bool = False
    unread_notifications: Count | None = None


class Message(msgspec.Struct, frozen=True):
    """A message as it is now. `sender` is null for the system; times are ISO 8601 in UTC."""

    id: Id
    conversation: Id | None
    number: Id | None
    sender: Id | None
    kind: str
    body: str
    data: dict | None
    client_id: str | None
    created_at: str
    edited_at: str | None
    recalled_at: str | None
    reply_to: Id | None


class MessageEvent(Frame, tag="message"):
    """Entry `seq` of the inbox."""

    seq: Id
    message: Message


class EditedEvent(MessageEvent, tag="edited"):
    """Entry `seq` of the inbox: the message was edited."""


class RecalledEvent(MessageEvent, tag="recalled"):
    """Entry `seq` of the inbox: the message was recalled, and says nothing any more."""


class Accepted(Frame, tag="accepted", omit_defaults=True):
    """The message is stored, edited or recalled. On the connection that asked this stands for entry `seq` of the inbox.

    `edited_at` and `recalled_at` are in the answer to an edit or a recall; `client_id` is the message's.
    """

    client_id: str
    message: Id
    conversation: Id
    number: Id
    created_at: str
    seq: Id
    edited_at: str | None = None
    recalled_at: str | None = None


class Marks(Frame, tag="marks", omit_defaults=True):
    """A hint: how far a user's devices have the conversation (`sent`), and how far the user has read it."""

    conversation: Id
    user: Id
    sent: Id | None = None
    read: Id | None = None


class Arranged(Frame, tag="arranged", omit_defaults=True):
    """A hint to the user's own devices: what of the conversation the user has changed for oneself."""

    conversation: Id
    muted: bool | None = None
    pinned: bool | None = None


class Presence(Frame, tag="presence", omit_defaults=True):
    """A hint: whether a user is online, and away; when the user did something last."""

    user: Id
    online: bool
    last_seen: str | None
    away: bool = False


class Profile(Frame, tag="profile"):
    """A hint: a user has this name and this picture (its address, or null) from now on."""

    user: Id
    name: str
    avatar: str | None


class Pong(Frame, tag="pong"):
    t: int | float | Short | None
    head: Count


class Error(Frame, tag="error", omit_defaults=True):
    """Something could not be done; the connection goes on. `retry_after` in seconds.

    `client_id` names the send that failed, `message_id` the message whose edit or recall failed.
    """

    code: str
    message: str
    client_id: str | None = None
    retry_after: float | None = None
    message_id: int | None = None


class Bye(Frame, tag="bye"):
    """The last frame before the server closes. `reconnect_after` in seconds; null: don't, or whenever you like."""

    code: int
    reason: str
    reconnect_after: float | None = None


def build(frame: Frame) -> str:
    return msgspec.json.encode(frame).decode()


def error(error: ChatError, *, client_id: str | None = None, message_id: int | None = None) -> str:
    return build(Error(error.code, error.message, client_id, error.retry_after, message_id))


def presence(user_id: int, *, online: bool, last_seen: datetime | None, away: bool) -> str:
    return build(Presence(user_id, online, moment(last_seen), away))
