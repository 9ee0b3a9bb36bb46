"""The list of a user's conversations, newest activity first. A bounded number of queries, however long the page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.translation import gettext as _

from messages_store.errors import Invalid, NoSuchConversation
from messages_store.models import Conversation, Member, Message, User

from . import named
from .mentions import Signs, signs_of_unread

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as one of its members sees it in a list.

    `members` are the present ones with their user, at most IM_MARKS_MEMBERS of `member_count`.
    """

    conversation: Conversation
    own: Member
    members: list[Member]
    member_count: int
    last_message: Message | None
    signs: Signs  # which of the unread messages mention the user, which the system said
    people: list[User]  # whom the last message names: some may not be among the members

    @property
    def unread(self) -> int:
        read = max(self.own.read_number, self.conversation.floor_number)
        return max(0, self.conversation.last_number - read)


@dataclass(frozen=True, slots=True)
class Page:
    results: list[Summary]
    next: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the activity and the id of its last conversation. As text it is the cursor."""

    activity: datetime
    conversation: int

    def __str__(self) -> str:
        return f"{(self.activity - EPOCH) // timedelta(microseconds=1)}.{self.conversation}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        try:
            microseconds, conversation = (int(part) for part in text.split("."))
            return cls(EPOCH + timedelta(microseconds=microseconds), min(conversation, 2**63 - 1))
        except (ValueError, OverflowError) as error:
            raise Invalid(_("This is not a cursor of this list.")) from error


def conversations(
    *,
    user_id: int,
    limit: int,
    cursor: str | None = None,
    kind: str | None = None,
    unread: bool | None = None,
    pinned: bool | None = None,
    q: str = "",
) -> Page:
    """One page of the conversations that the user is in: all, or those of a kind, unread, pinned, by their title."""
    memberships = _memberships(user_id).order_by("-activity", "-conversation")
    if kind is not None:
        memberships = memberships.filter(conversation__kind=kind)
    if q:
        memberships = memberships.filter(conversation__title__icontains=q)
    if pinned is not None:
        memberships = memberships.filter(pinned=pinned)
    if unread is not None:
        last = "conversation__last_number__gt"
        some = Q(**{last: F("read_number")}) & Q(**{last: F("conversation__floor_number")})
        memberships = memberships.filter(some if unread else ~some)
    if cursor is not None:
        place = Place.parse(cursor)
        memberships = memberships.filter(
            Q(activity__lt=place.activity) | Q(activity=place.activity, conversation__lt=place.conversation)
        )
    found = list(memberships[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit
    return Page(_summarise(shown), str(Place(shown[-1].activity, shown[-1].conversation_id)) if more else None)


def conversation(*, user_id: int, conversation_id: int) -> Summary:
    """One conversation that the user is in."""
    found = list(_memberships(user_id).filter(conversation=conversation_id))
    if not found:
        raise NoSuchConversation
    return _summarise(found)[0]


def _memberships(user_id: int):
    """The user's memberships with their conversation, and its last message and activity as of the same snapshot."""
    last = Message.objects.filter(conversation=OuterRef("conversation"), number=OuterRef("conversation__last_number"))
    return (
        Member.objects.present()
        .filter(user=user_id)
        .select_related("conversation")
        .annotate(
            last_message=Subquery(last.values("pk")[:1]),
            activity=Coalesce(Subquery(last.values("created_at")[:1]), F("conversation__created_at")),
        )
    )


def _summarise(memberships: list[Member]) -> list[Summary]:
    messages = Message.objects.in_bulk([own.last_message for own in memberships if own.last_message])
    members = _members(own.conversation_id for own in memberships)
    signs = signs_of_unread(memberships=memberships)
    known = [member.user for those in members.values() for member in those]
    people = named.people(messages=messages.values(), known=known)
    return [
        Summary(
            conversation=own.conversation,
            own=own,
            members=members[own.conversation_id],
            member_count=members[own.conversation_id][0].of_how_many,
            last_message=(last := messages.get(own.last_message)),
            signs=signs.get(own.conversation_id, Signs()),
            people=[people[id] for id in named.names(message=last) if id in people] if last else [],
        )
        for own in memberships
    ]


def _members(conversation_ids: Iterable[int]) -> dict[int, list[Member]]:
    """The first members of each conversation, the longest there first."""
    numbered = (
        Member.objects.present()
        .filter(conversation__in=list(conversation_ids))
        .select_related("user")
        .annotate(
            place=Window(RowNumber(), partition_by="conversation", order_by="pk"),
            of_how_many=Window(Count("pk"), partition_by="conversation"),
        )
    )
    found = defaultdict(list)
    for member in numbered.filter(place__lte=max(1, settings.IM_MARKS_MEMBERS)).order_by("conversation", "pk"):
        found[member.conversation_id].append(member)
    return found
