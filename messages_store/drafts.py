"""What somebody wants to say, and whether it can be stored at all. Touches no database."""

import re
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from .errors import Invalid, TooLarge

KIND = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
OURS = {"notification", "system"}  # kinds that only the server gives
LARGEST_ID = 2**53 - 1  # what JavaScript can count exactly
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

    def is_stored_as(self, message) -> bool:
        """Whether a stored message is this draft, so that sending again may get the same answer."""
        return (self.conversation, self.kind, self.body, self.data, self.reply_to) == (
            message.conversation_id,
            message.kind,
            message.body,
            message.data,
            message.reply_to_id,
        )


def check(draft: Draft) -> None:
    """Raise what is wrong with the draft itself; who may send it where is the store's business."""
    if (draft.conversation is None) == (draft.to is None):
        raise Invalid(_("Say either `conversation` or `to`."))
    if not all(0 < (n or 1) <= LARGEST_ID for n in (draft.conversation, draft.to, draft.reply_to)):
        raise Invalid(_("An id is out of range."))
    if not KIND.fullmatch(draft.kind) or draft.kind in OURS:
        raise Invalid(_("This kind of message cannot be sent."))
    check_text(draft.body)
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
        encoded = msgspec.json.encode(data).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError, ValueError):
        raise Invalid(_("`data` must be JSON.")) from None
    if len(encoded) > settings.IM_DATA_BYTES:
        raise TooLarge(_("`data` has at most %d bytes.") % settings.IM_DATA_BYTES)
    if ESCAPED_NUL.search(encoded):
        raise Invalid(_("`data` has a character that cannot be stored."))
