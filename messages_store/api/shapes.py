"""How answers look, for the schema. The tests hold every answer that they get against it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.serializers import Serializer

from messages_store.models import Conversation, Delivery, Member, User

PEOPLE = "who wrote, who is mentioned, and of whom the system speaks, also where they are in it no more"


class Person(Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="the address of a small square picture")


class Account(Person):
    username = serializers.CharField()
    kind = serializers.ChoiceField(choices=User.Kind.values)


class Participant(Person):
    role = serializers.ChoiceField(choices=Member.Role.values)


class Participants(Serializer):
    results = Participant(many=True)
    next = serializers.CharField(allow_null=True)


class Mark(Serializer):
    user = serializers.IntegerField()
    sent = serializers.IntegerField(help_text="the last number that a device of the user acknowledged")
    read = serializers.IntegerField(help_text="the last number that the user has read")


@extend_schema_field({"type": "object", "additionalProperties": True})
class Data(serializers.JSONField):
    """Any JSON object."""


class Message(Serializer):
    id = serializers.IntegerField()
    conversation = serializers.IntegerField(allow_null=True)
    number = serializers.IntegerField(allow_null=True, help_text="its place in the conversation")
    sender = serializers.IntegerField(allow_null=True, help_text="null: the system")
    kind = serializers.CharField()
    body = serializers.CharField(allow_blank=True)
    data = Data(allow_null=True)
    client_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    recalled_at = serializers.DateTimeField(allow_null=True)
    reply_to = serializers.IntegerField(allow_null=True)


class Conversed(Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Conversation.Kind.values)
    title = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    last_number = serializers.IntegerField()
    floor_number = serializers.IntegerField(help_text="the history begins after it: what was before is pruned")
    last_message = Message(allow_null=True)
    unread = serializers.IntegerField()
    read_number = serializers.IntegerField()
    mentions = serializers.ListField(
        child=serializers.IntegerField(), help_text="numbers of the unread messages that mention one, the newest 20"
    )
    unread_system = serializers.ListField(
        child=serializers.IntegerField(), help_text="numbers of the unread messages of the system, the newest 1,000"
    )
    role = serializers.ChoiceField(choices=Member.Role.values, help_text="one's own")
    muted = serializers.BooleanField(help_text="for oneself")
    pinned = serializers.BooleanField(help_text="by oneself; the order of the list is another matter")
    opened = serializers.BooleanField(help_text="whether one has asked for it: for a direct one")
    members = Participant(many=True, help_text="the first 50 (IM_MARKS_MEMBERS)")
    member_count = serializers.IntegerField()
    marks = Mark(many=True, help_text="of these members")
    people = Person(many=True, help_text="whom the last message names, also where they are in it no more")


class Conversations(Serializer):
    results = Conversed(many=True)
    next = serializers.CharField(allow_null=True)


class Read(Serializer):
    read_number = serializers.IntegerField(help_text="the last number that is read")


class Accepted(Serializer):
    """The fields of the frame `accepted`."""

    client_id = serializers.UUIDField()
    message = serializers.IntegerField()
    conversation = serializers.IntegerField()
    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    seq = serializers.IntegerField(help_text="of the sender's own entry")


@extend_schema_field({"type": ["integer", "string", "null"]})
class NumberOrCursor(serializers.Field):
    """Of a history a number, of a search a cursor."""


class History(Serializer):
    results = Message(many=True)
    people = Person(many=True, help_text=PEOPLE)
    next = NumberOrCursor(
        help_text="where to go on: `after` this number if that was asked for, else `before` it; a search's `cursor`"
    )


class Found(Serializer):
    results = Message(many=True, help_text="newest first")
    people = Person(many=True, help_text=PEOPLE)
    next = serializers.CharField(allow_null=True)


class Event(Serializer):
    type = serializers.ChoiceField(choices=Delivery.Event.values)
    seq = serializers.IntegerField()
    message = Message()


class Inbox(Serializer):
    epoch = serializers.CharField()
    head = serializers.IntegerField(help_text="the highest seq there is")
    resync = serializers.BooleanField(help_text="`after` is of no use any more: fetch the state, go on from `head`")
    results = Event(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="where to go on: `after` this seq")


class Acked(Serializer):
    epoch = serializers.CharField()
    head = serializers.IntegerField()
    acked = serializers.IntegerField(help_text="everything up to it is sent")


class Accounts(Serializer):
    results = Account(many=True)
    next = serializers.CharField(allow_null=True)


class Ticket(Serializer):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
