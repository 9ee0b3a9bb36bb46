"""What a request may say, and how things look in an answer. Nothing here saves."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from messages_store.drafts import LARGEST_ID
from messages_store.errors import NotFound
from messages_store.events import moment, person, represent
from messages_store.models import Conversation, Member, User
from messages_store.services.listing import Page, Summary

LARGEST = 2**63 - 1
CURSOR = "where the last page ended: its `next`"
WORDS = 'all of these words, or the beginnings of them; "in quotes" those next to each other'


class ListQuery(serializers.Serializer):
    cursor = serializers.CharField(required=False, max_length=64, help_text=CURSOR)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class ConversationsQuery(ListQuery):
    kind = serializers.ChoiceField(required=False, choices=Conversation.Kind.values, help_text="only these")
    unread = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="only those with unread messages, or without"
    )
    pinned = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="only those that one pinned, or did not"
    )
    q = serializers.CharField(default="", allow_blank=True, max_length=200, help_text="a part of the title")


class NewConversation(serializers.Serializer):
    """`to` opens the direct conversation with a user; `title` and `members` (ids of users) make a group."""

    to = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    title = serializers.CharField(required=False, max_length=1_000)
    members = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), required=False, max_length=100_000
    )

    def validate(self, fields: dict) -> dict:
        if ("to" in fields) == ("title" in fields) or ("to" in fields and "members" in fields):
            raise serializers.ValidationError(_("Say either `to`, or `title` and `members`."))
        return fields


class ConversationChange(serializers.Serializer):
    """`title` is everybody's, `muted` and `pinned` one's own."""

    title = serializers.CharField(required=False, max_length=1_000)
    muted = serializers.BooleanField(required=False)
    pinned = serializers.BooleanField(required=False)

    def validate(self, fields: dict) -> dict:
        if not fields:
            raise serializers.ValidationError(_("Say `title`, `muted` or `pinned`."))
        return fields


class NewMembers(serializers.Serializer):
    users = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), min_length=1, max_length=100_000
    )


class MemberChange(serializers.Serializer):
    role = serializers.ChoiceField(Member.Role.choices)


class ReadMark(serializers.Serializer):
    number = serializers.IntegerField(min_value=0, max_value=LARGEST)


class Text(serializers.CharField):
    """A text as it was written. What cannot be stored is for drafts.py to say."""

    def __init__(self, **options):
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})
        self.validators = []

    def to_internal_value(self, data) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class NewMessage(serializers.Serializer):
    """The fields of the `send` frame, but for where it goes."""

    client_id = serializers.UUIDField()
    body = Text()
    kind = Text(default="text")
    data = serializers.DictField(required=False, allow_null=True, default=None)
    reply_to = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=LARGEST_ID
    )


class MessageChange(serializers.Serializer):
    body = Text()


class SearchQuery(ListQuery):
    q = serializers.CharField(max_length=200, help_text=WORDS)


class HistoryQuery(serializers.Serializer):
    q = serializers.CharField(required=False, max_length=200, help_text=f"search: {WORDS}. Then newest first")
    cursor = serializers.CharField(required=False, max_length=64, help_text=f"of a search: {CURSOR}")
    before = serializers.IntegerField(
        required=False, min_value=0, max_value=LARGEST, help_text="a number: the last messages before it"
    )
    after = serializers.IntegerField(
        required=False, min_value=0, max_value=LARGEST, help_text="a number: the first messages after it"
    )
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class InboxQuery(serializers.Serializer):
    after = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST,
        help_text="a seq: what comes after it; by default after what was acknowledged last",
    )
    limit = serializers.IntegerField(
        default=100, min_value=0, max_value=200, help_text="0 asks for the epoch and the head alone"
    )


class AckBody(serializers.Serializer):
    seq = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text="everything up to it has arrived")
    epoch = serializers.CharField(
        required=False, max_length=128, help_text="in which the seq was counted; in another one it is a `conflict`"
    )


class UsersQuery(serializers.Serializer):
    q = serializers.CharField(
        default="", allow_blank=True, max_length=150, help_text="a part of the username or the name"
    )
    cursor = serializers.CharField(required=False, max_length=1_000, help_text=CURSOR)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


def parse(query: type[serializers.Serializer], request) -> dict:
    """The checked query parameters of a request."""
    return _checked(query(data=request.query_params))


def parse_body(body: type[serializers.Serializer], request) -> dict:
    """The checked body of a request, which the checks may ask for."""
    return _checked(body(data=request.data, context={"request": request}))


def _checked(serializer: serializers.Serializer) -> dict:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def known(id: int) -> int:
    """An id of an address, unless no database could hold it."""
    if not 0 < id <= LARGEST_ID:
        raise NotFound
    return id


def member(member: Member) -> dict:
    return {**person(member.user), "role": member.role}


def account(user: User) -> dict:
    return {**person(user), "username": user.username, "kind": user.kind}


def marks(member: Member) -> dict:
    """How far a member has come: the fields of the `marks` hint."""
    return {"user": member.user_id, "sent": member.sent_number, "read": member.read_number}


def summary(summary: Summary) -> dict:
    conversation = summary.conversation
    return {
        "id": conversation.pk,
        "kind": conversation.kind,
        "title": conversation.title,
        "created_at": moment(conversation.created_at),
        "last_number": conversation.last_number,
        "floor_number": conversation.floor_number,
        "last_message": summary.last_message and represent(summary.last_message),
        "unread": summary.unread,
        "read_number": summary.own.read_number,
        "mentions": summary.signs.mentions,
        "unread_system": summary.signs.system,
        "role": summary.own.role,
        "muted": summary.own.muted,
        "pinned": summary.own.pinned,
        "opened": summary.own.opened,
        "members": [member(one) for one in summary.members],
        "member_count": summary.member_count,
        "marks": [marks(one) for one in summary.members],
        "people": [person(user) for user in summary.people],
    }


def page(page: Page) -> dict:
    return {"results": [summary(one) for one in page.results], "next": page.next}
