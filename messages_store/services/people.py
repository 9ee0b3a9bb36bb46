"""Finding people: by a part of their name, in the order of their usernames."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from messages_store.errors import Invalid
from messages_store.models import Member, User

from .conversations import require_member

NAMES = ("username", "display_name", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class People:
    results: list[User]
    next: str | None


def search(*, viewer: User, text: str = "", limit: int, cursor: str | None = None) -> People:
    """A page of the active users whose name has this in it, as far as the viewer may know them."""
    found = User.objects.filter(_known_to(viewer), is_active=True)
    if text:
        found = found.filter(_named(text))
    if cursor is not None:
        found = found.filter(username__gt=_username(cursor))
    page = list(found.order_by("username")[: limit + 1])
    return People(page[:limit], _cursor(page[limit - 1]) if len(page) > limit else None)


@dataclass(frozen=True, slots=True)
class Members:
    """Present members with their user, the longest there first."""

    results: list[Member]
    next: str | None


def members(*, viewer_id: int, conversation_id: int, text: str = "", limit: int, cursor: str | None = None) -> Members:
    """A page of who is in a conversation that the viewer is in, or of those whose name has this in it."""
    require_member(user_id=viewer_id, conversation_id=conversation_id)
    found = Member.objects.present().filter(conversation=conversation_id).select_related("user")
    if text:
        found = found.filter(_named(text, "user__"))
    if cursor is not None:
        found = found.filter(pk__gt=_key(cursor))
    page = list(found.order_by("pk")[: limit + 1])
    return Members(page[:limit], str(page[limit - 1].pk) if len(page) > limit else None)


def _named(text: str, of: str = "") -> Q:
    return Q(*[(f"{of}{name}__icontains", text) for name in NAMES], _connector=Q.OR)


def _known_to(viewer: User) -> Q:
    """Oneself, whom one shares a conversation with and, for who may search, everybody who is no passing visitor."""
    own = Member.objects.present().filter(user=viewer.pk).values("conversation")
    shared = Exists(Member.objects.present().filter(user=OuterRef("pk"), conversation__in=own))
    known = Q(pk=viewer.pk) | Q(shared)
    if viewer.is_staff or viewer.kind in settings.IM_USER_SEARCH:
        known |= ~Q(kind=User.Kind.VISITOR)
    return known


def _key(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise Invalid(_("This is not a cursor of this list."))
    return int(cursor)


def _cursor(last: User) -> str:
    return urlsafe_b64encode(last.username.encode()).decode().rstrip("=")


def _username(cursor: str) -> str:
    try:
        username = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
    except ValueError:
        username = "\0"
    if "\0" in username:
        raise Invalid(_("This is not a cursor of this list."))
    return username
