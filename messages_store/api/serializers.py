"""What a query may ask, and how things look in an answer. Nothing here saves."""

from rest_framework import serializers

from messages_store.events import moment, represent
from messages_store.models import Member, User
from messages_store.services.listing import Page, Summary

LARGEST = 2**63 - 1


class ListQuery(serializers.Serializer):
    cursor = serializers.CharField(required=False, max_length=64)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class HistoryQuery(serializers.Serializer):
    before = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    after = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class InboxQuery(serializers.Serializer):
    """`limit` 0 asks for the epoch and the head alone."""

    after = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    limit = serializers.IntegerField(default=100, min_value=0, max_value=200)


def parse(query: type[serializers.Serializer], request) -> dict:
    """The checked query parameters of a request."""
    parsed = query(data=request.query_params)
    parsed.is_valid(raise_exception=True)
    return parsed.validated_data


def person(user: User) -> dict:
    return {"id": user.pk, "name": user.name}


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
        "last_message": summary.last_message and represent(summary.last_message),
        "unread": summary.unread,
        "read_number": summary.own.read_number,
        "members": [person(member.user) for member in summary.members],
        "member_count": summary.member_count,
        "marks": [marks(member) for member in summary.members],
    }


def page(page: Page) -> dict:
    return {"results": [summary(one) for one in page.results], "next": page.next}
