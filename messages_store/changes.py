"""What somebody wants to change of what was said: edit it or recall it. Touches no database."""

from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import gettext as _

from .drafts import LARGEST_ID, check_text
from .errors import Invalid


@dataclass(frozen=True, slots=True)
class Edit:
    """The message is to say this. Ids are a user's and a message's."""

    sender: int
    message: int
    body: str

    @property
    def token(self) -> str:
        return token("edited", self.message, self.body)


@dataclass(frozen=True, slots=True)
class Recall:
    """The message is to say nothing any more."""

    sender: int
    message: int

    @property
    def token(self) -> str:
        return token("recalled", self.message, "")


Change = Edit | Recall


def token(event: str, message_id: int, body: str) -> str:
    """What an event of this kind is known by to the connection that caused it. Two equal ones are the same change."""
    return f"{event}:{message_id}:{sha256(body.encode(errors='surrogatepass')).hexdigest()[:16]}"


def about(token: str) -> str | None:
    """The id of the message that a change's token is about; None: it is the client_id of a send."""
    _, separator, rest = token.partition(":")
    return rest.partition(":")[0] if separator else None


def check(change: Change) -> None:
    """Raise what is wrong with the change itself; whether it may be is the store's business."""
    if not 0 < change.message <= LARGEST_ID:
        raise Invalid(_("An id is out of range."))
    if isinstance(change, Edit):
        check_text(change.body)
