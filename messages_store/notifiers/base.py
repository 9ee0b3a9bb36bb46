"""What a notifier is: it tells one person, by another way than the inbox, that something waits there."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from messages_store.models import User


LONGEST_REASON = 500  # characters
DIGEST = "digest"  # the kind of the daily mail, and its name where notifiers have theirs


class NotifyError(Exception):
    """Why a reminder did not go out.

    `permanent`: it never will, so nobody tries again. `retry_after`: seconds, where the other side said so. Of the
    reason, which may be what the other side said, only what can be stored and shown is kept.
    """

    def __init__(self, reason: str, *, permanent: bool = False, retry_after: float | None = None):
        self.reason = "".join(sign if sign.isprintable() else "\ufffd" for sign in reason[:LONGEST_REASON])
        super().__init__(self.reason)
        self.permanent = permanent
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Item:
    """What a digest lists: a conversation with so many messages, or a notification of that level."""

    title: str
    messages: int = 0
    level: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One reminder, for one person, by one notifier. Numbers and names, never a body.

    `id` is the same for every attempt: what a receiver may recognise a repetition by. `messages` are unsent, in
    `conversations`, and neither muted nor passed over; `notifications` are counted by level. `titles` are at most
    three of what waits: a notification's title, a group's, or who wrote directly. `unsubscribe_url` is signed; one
    click turns this notifier off for this user. `number` is which reminder of the spell it is: 1, 2, …

    A digest goes out by `email` alone. Its numbers are of what is unread, `items` lists that as far as there is room,
    and its `unsubscribe_url` turns off the digest.
    """

    id: str
    user_id: int
    name: str
    email: str
    language: str
    time_zone: str
    messages: int
    conversations: int
    notifications: dict[str, int]
    titles: tuple[str, ...]
    url: str
    unsubscribe_url: str
    oldest: datetime
    number: int
    kind: str = "reminder"  # or "test" (manage.py notifiers --check), DIGEST
    items: tuple[Item, ...] = ()


class Notifier:
    """The base of all of them. One object per process, called by several threads at once.

    `may_repeat` says in one sentence when this one's own protocol may deliver a reminder twice. `within_transaction`
    is for what stays on the machine and takes no time (`log`): it is called last in the transaction that writes down
    the outcome. Never for what goes over a network. `title` is what people call it in their settings, and `unreached`
    tells somebody whom it does not reach why, and what to do: one sentence each, translated when they are shown.
    `for_operators`: it tells who runs the site, not the person; settings offer it to nobody where there is another one.
    """

    name: str = ""
    title: "str | StrPromise" = ""
    unreached: "str | StrPromise" = _("It has no address of you.")
    may_repeat: str = ""
    within_transaction: bool = False
    for_operators: bool = False

    def problems(self) -> list[str]:
        """Settings that are missing or wrong, in sentences: checked at the start."""
        return []

    def reaches(self, user: "User") -> bool:
        """Whether there is an address: an e-mail, a subscription, an openid."""
        return True

    def notify(self, outgoing: Outgoing) -> None:
        """Tell it. Return means that the other side took it; NotifyError says why not."""
        raise NotImplementedError
