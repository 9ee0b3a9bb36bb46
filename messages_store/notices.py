"""What a service wants to tell people, and whether it can be told at all. Touches no database."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec
from django.utils.translation import gettext as _

from .drafts import LARGEST_ID, check_data, check_text, is_unicode
from .errors import Invalid, TooLarge

LEVELS = ("info", "success", "warning", "error", "urgent")
TITLE_CHARACTERS = 200
URL_CHARACTERS = 2_000
MOST_USERS, MOST_CONVERSATIONS = 100_000, 1_000  # that one notice can name
# Browsers drop some of these from an address and take a backslash for a slash, so it would not say where it leads.
TREACHEROUS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification before it is stored, for users (ids and usernames), for members of conversations, or everyone."""

    title: str
    body: str = ""
    url: str = ""
    level: str = "info"
    data: dict | None = None
    users: Sequence[int | str] = ()
    conversations: Sequence[int] = ()
    everyone: bool = False

    def digest(self) -> str:
        """What tells it from another: SHA-256, in hex. The order in which people are named does not matter."""
        parts = asdict(self)
        parts["users"] = sorted(set(self.users), key=lambda user: (isinstance(user, str), user))
        parts["conversations"] = sorted(set(self.conversations))
        return sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def check(notice: Notice) -> None:
    """Raise what is wrong with the notice itself; who there is, is the store's to know."""
    if (bool(notice.users) + bool(notice.conversations) + notice.everyone) != 1:
        raise Invalid(_("Say either `users`, `conversations` or `everyone`."))
    if len(notice.users) > MOST_USERS or len(notice.conversations) > MOST_CONVERSATIONS:
        raise TooLarge(_("At most %d users, or %d conversations, can be named.") % (MOST_USERS, MOST_CONVERSATIONS))
    check_names([*notice.users, *notice.conversations])
    check_title(notice.title)
    check_text(notice.body)
    if notice.url:
        check_url(notice.url)
    if notice.level not in LEVELS:
        raise Invalid(_("`level` is one of %s.") % ", ".join(LEVELS))
    if notice.data is not None:
        check_data(notice.data)


def check_names(names: Sequence[int | str]) -> None:
    for name in names:
        if isinstance(name, str):
            if not 0 < len(name) <= 150 or "\0" in name or not is_unicode(name):
                raise Invalid(_("This cannot be a username."))
        elif not 0 < name <= LARGEST_ID:
            raise Invalid(_("An id is out of range."))


def check_title(title: str) -> None:
    if not title.strip():
        raise Invalid(_("A notification needs a title."))
    if len(title) > TITLE_CHARACTERS:
        raise TooLarge(_("A title has at most %d characters.") % TITLE_CHARACTERS)
    if UNPRINTABLE.search(title) or not is_unicode(title):
        raise Invalid(_("The title has a character that cannot be shown."))


def check_url(url: str) -> None:
    """A link leads to http, https, or a path of this site; nothing that a browser would take for something else."""
    if len(url) > URL_CHARACTERS:
        raise TooLarge(_("A link has at most %d characters.") % URL_CHARACTERS)
    if TREACHEROUS.search(url) or not is_unicode(url) or not (_is_path(url) or _is_web(url)):
        raise Invalid(_("`url` is a http or https address, or a path that begins with one slash."))


def check_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise Invalid(_("An Idempotency-Key has 1 to 200 printable ASCII characters."))


def _is_path(url: str) -> bool:
    return url.startswith("/") and not url.startswith("//")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _port = parts.port  # read only now, and then it may be no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
