"""What somebody wants to say, and whether it can be stored at all. Touches no database."""

import hmac
import json
import re
from dataclasses import dataclass
from math import isfinite
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from . import attachments
from .errors import Invalid, TooLarge

KIND = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
OURS = {"notification", "system"}  # kinds that only the server gives
LARGEST_ID = 2**53 - 1  # what JavaScript can count exactly
DEEPEST = 64  # levels of `data` that every reader can follow; SQLite gives up at 1,000, Python's reader earlier
ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is stored, for a conversation or for the direct conversation with `to`. Ids are users'."""

    sender: int
    client_id: UUID
    body: str
    conversation: int | None = None
    to: int | None = None
    kind: str = "text"
    data: dict | None = None
    reply_to: int | None = None

    @property
    def token(self) -> str:
        """What the answer is known by among all that a connection waits for."""
        return str(self.client_id)

    def is_stored_as(self, message) -> bool:
        """Whether a stored message was sent as this draft, so that sending again may get the same answer."""
        if message.first_digest:
            mine = digests(self.conversation, self.kind, self.body, self.data, self.reply_to)
            return any(hmac.compare_digest(message.first_digest, digest) for digest in mine)
        return (self.conversation, self.kind, self.body, self.reply_to) == (
            message.conversation_id,
            message.kind,
            message.body,
            message.reply_to_id,
        ) and (self.data == message.data or _with_floats(self.data) == _with_floats(message.data))


def _with_floats(data: dict | None) -> dict | None:
    """The same with every number as a float: PostgreSQL writes 1e23 as 100000000000000000000000, and -0.0 as 0.0."""
    return json.loads(json.dumps(data), parse_int=_number, parse_float=_number)


def _number(digits: str) -> float:
    return float(digits) + 0.0  # which makes 0.0 of -0.0


def first_digest(message) -> str:
    """What a message says, to be kept when that changes: it was sent as this, whoever asks again."""
    content = (message.conversation_id, message.kind, message.body, message.data, message.reply_to_id)
    return message.first_digest or digests(*content)[0]


def digests(conversation: int, kind: str, body: str, data: dict | None, reply_to: int | None) -> list[str]:
    """64 hex digits for each of our secret keys, the current one first.

    Keyed, since a plain digest of a short text tells the text to whoever tries a few, and what was recalled is gone.
    """
    content = json.dumps([conversation, kind, body, reply_to, _with_floats(data)], sort_keys=True).encode()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.new(key.encode(), content, "sha256").hexdigest() for key in keys]


def check(draft: Draft) -> None:
    """Raise what is wrong with the draft itself; who may send it where is the store's business."""
    if (draft.conversation is None) == (draft.to is None):
        raise Invalid(_("Say either `conversation` or `to`."))
    if not all(n is None or 0 < n <= LARGEST_ID for n in (draft.conversation, draft.to, draft.reply_to)):
        raise Invalid(_("An id is out of range."))
    if not KIND.fullmatch(draft.kind) or draft.kind in OURS:
        raise Invalid(_("This kind of message cannot be sent."))
    check_text(draft.body)
    if draft.kind == attachments.KIND:
        attachments.attachment_ids(draft.data)
    if draft.data is not None:
        check_data(draft.data)
    elif not draft.body.strip():
        raise Invalid(_("An empty message cannot be sent."))


def check_text(text: str) -> None:
    if len(text) > settings.IM_BODY_CHARACTERS:
        raise TooLarge(_("A message has at most %d characters.") % settings.IM_BODY_CHARACTERS)
    if "\0" in text or (not text.isascii() and not is_unicode(text)):
        raise Invalid(_("The text has a character that cannot be stored."))


def is_unicode(text: str) -> bool:
    """False for half of a surrogate pair, which is no character and which PostgreSQL refuses."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_data(data: dict) -> None:
    try:
        encoded = msgspec.json.encode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError, ValueError):
        raise Invalid(_("`data` must be JSON.")) from None
    if len(encoded) > settings.IM_DATA_BYTES:
        raise TooLarge(_("`data` has at most %d bytes.") % settings.IM_DATA_BYTES)
    if ESCAPED_NUL.search(encoded.decode()):
        raise Invalid(_("`data` has a character that cannot be stored."))
    check_parts(data)


def check_parts(data: dict) -> None:
    """Level by level: only numbers that JSON has, and not too many levels."""
    level = [data]
    for _level in range(DEEPEST):
        parts = [part for value in level for part in (value.values() if isinstance(value, dict) else value)]
        if not all(isfinite(part) for part in parts if isinstance(part, float)):
            raise Invalid(_("`data` must be JSON."))
        level = [part for part in parts if isinstance(part, dict | list | tuple)]
        if not level:
            return
    raise Invalid(_("`data` is nested too deeply."))
