"""Notifications: sent by services, and read by those who got them."""

from dataclasses import asdict

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.reverse import reverse

from messages_store.addresses import address_of
from messages_store.errors import Forbidden
from messages_store.events import moment, notifications_read
from messages_store.models import Delivery, Look, Notification
from messages_store.notices import LEVELS, MOST_CONVERSATIONS, MOST_USERS, TITLE_CHARACTERS, URL_CHARACTERS, Notice
from messages_store.ringing import hint_after_commit, ring_after_commit
from messages_store.scopes import INBOX_READ, NOTIFICATIONS_SEND
from messages_store.services import looks, notifications, notifying

from .openapi import fails
from .permissions import scopes
from .serializers import LARGEST, known, parse, parse_body
from .shapes import Data

SENDING = "messages_store.send_notification"  # the permission that sending needs


def may_send(request) -> bool:
    """Whether who is asking may send notifications."""
    return request.user.has_perm(SENDING)


# What is asked


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class IdOrName(serializers.Field):
    """A user's id, as a number, or username, as a text."""

    default_error_messages = {"invalid": "A user is an id, as a number, or a username, as a text."}

    def to_internal_value(self, data) -> int | str:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        return data

    def to_representation(self, value):
        return value


class NewNotification(serializers.Serializer):
    """To `users`, the members of `conversations`, or `everyone`. `url` is http, https, or a path of this site."""

    users = serializers.ListField(child=IdOrName(), required=False, max_length=MOST_USERS)
    conversations = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), required=False, max_length=MOST_CONVERSATIONS
    )
    everyone = serializers.BooleanField(required=False)
    title = serializers.CharField(max_length=TITLE_CHARACTERS, trim_whitespace=False)
    body = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    url = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, max_length=URL_CHARACTERS)
    level = serializers.ChoiceField(LEVELS, required=False)
    data = serializers.DictField(required=False, allow_null=True)


class RecipientsQuery(serializers.Serializer):
    cursor = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=1_000)


class OwnQuery(serializers.Serializer):
    cursor = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)
    unread = serializers.BooleanField(default=False)


class ReadMarks(serializers.Serializer):
    """The ids of notifications, and the seq up to which all are read."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), required=False, max_length=200
    )
    up_to = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)


# What is answered


class NotificationRecipient(serializers.Serializer):
    """One who gets it. `sent_at`: when one of the devices acknowledged it."""

    user = serializers.IntegerField()
    status = serializers.ChoiceField(Delivery.Status.values)
    sent_at = serializers.CharField(allow_null=True)
    read_at = serializers.CharField(allow_null=True)


class NotificationWaiting(serializers.Serializer):
    user = serializers.IntegerField()
    status = serializers.ChoiceField([Delivery.Status.UNSENT.value])


class StoredNotification(serializers.Serializer):
    """What is said of a notification when it is stored, and always again under its Idempotency-Key.

    `recipients` is null where they are so many that they are served later.
    """

    id = serializers.IntegerField()
    created_at = serializers.CharField()
    recipients = NotificationWaiting(many=True, allow_null=True)


class ToldNotification(serializers.Serializer):
    """What a notification says. `sender` is null for the system."""

    id = serializers.IntegerField()
    sender = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    body = serializers.CharField()
    url = serializers.CharField()
    level = serializers.ChoiceField(LEVELS)
    data = Data(allow_null=True)
    created_at = serializers.CharField()


class NotificationProgress(ToldNotification):
    """How far a notification has come: `done` of `total` inboxes, of which so many are unsent, sent, read."""

    finished_at = serializers.CharField(allow_null=True)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    unsent = serializers.IntegerField()
    sent = serializers.IntegerField()
    read = serializers.IntegerField()
    recipients = NotificationRecipient(many=True)
    next = serializers.CharField(allow_null=True)


class OwnNotification(ToldNotification):
    """A notification under the bell of one who got it. `seq` is its place in the inbox."""

    seq = serializers.IntegerField()
    read_at = serializers.CharField(allow_null=True)


class OwnNotifications(serializers.Serializer):
    results = OwnNotification(many=True)
    next = serializers.CharField(allow_null=True)
    unread = serializers.IntegerField()


class UnreadNotifications(serializers.Serializer):
    unread = serializers.IntegerField()


# The calls


@scopes(post=NOTIFICATIONS_SEND)
@extend_schema(
    tags=["notifications"],
    parameters=[
        OpenApiParameter(
            "Idempotency-Key",
            OpenApiTypes.STR,
            OpenApiParameter.HEADER,
            description="1 to 200 printable ASCII characters: with the same body the same answer, and sent once",
        )
    ],
    request=NewNotification,
    responses={
        201: StoredNotification,
        202: StoredNotification,
        404: fails("not_found: a user or a conversation that does not exist"),
        409: fails("conflict: the Idempotency-Key was used for another notification"),
    },
)
@api_view(["POST"])
def send_notification(request):
    """Send a notification. `Idempotency-Key`: the same key and body get the same answer and are sent once."""
    if not may_send(request):
        raise Forbidden
    asked = parse_body(NewNotification, request)
    key = request.headers.get("Idempotency-Key")
    notified = notifying.notify(sender_id=request.user.pk, notice=Notice(**asked), key=key)
    ring_after_commit(notified.events)
    found = notified.notification
    users = found.audience.get("users")
    later = users is None or len(users) > notifying.CHUNK
    recipients = None if later else [{"user": id, "status": "unsent"} for id in users]
    answer = {"id": found.pk, "created_at": moment(found.created_at), "recipients": recipients}
    return Response(
        StoredNotification(answer).data,
        status=202 if later else 201,
        headers={"Location": reverse("api:notification", args=[found.pk])},
    )


@scopes(get=NOTIFICATIONS_SEND)
@extend_schema(tags=["notifications"], parameters=[RecipientsQuery], responses=NotificationProgress)
@api_view(["GET"])
def notification(request, notification_id: int):
    """What became of a notification that one sent, and of each recipient."""
    known(notification_id)
    query = parse(RecipientsQuery, request)
    anybodys = request.user.has_perm("messages_store.view_notification") and looks.may_read(user=request.user)
    found = notifications.sent_by(user_id=None if anybodys else request.user.pk, notification_id=notification_id)
    if found.sender_id != request.user.pk:
        looks.record(by=request.user, what=Look.What.MESSAGE, messages=[found.pk], address=address_of(request))
    counts = notifications.counts(notification_id=found.pk)
    page = notifications.recipients(notification_id=found.pk, limit=query["limit"], after=query.get("cursor"))
    progress = {
        **told_by_sender(found),
        "finished_at": moment(found.finished_at),
        "total": found.total,
        "done": found.done,
        **asdict(counts),
        "recipients": [recipient(delivery) for delivery in page.results],
        "next": page.next and str(page.next),
    }
    return Response(NotificationProgress(progress).data)


@scopes(get=INBOX_READ)
@extend_schema(tags=["notifications"], parameters=[OwnQuery], responses=OwnNotifications)
@api_view(["GET"])
def own_notifications(request):
    """One's own notifications, newest first, and how many of them are not read."""
    query = parse(OwnQuery, request)
    page = notifications.own(
        user_id=request.user.pk, limit=query["limit"], before=query.get("cursor"), unread=query["unread"]
    )
    answer = {
        "results": [told_to_recipient(delivery) for delivery in page.results],
        "next": page.next and str(page.next),
        "unread": notifications.unread(user_id=request.user.pk),
    }
    return Response(OwnNotifications(answer).data)


@scopes(post=INBOX_READ)
@extend_schema(tags=["notifications"], request=ReadMarks, responses=UnreadNotifications)
@api_view(["POST"])
def read_notifications(request):
    """Mark notifications as read: some by their ids, or all up to a seq. One's devices are told."""
    asked = parse_body(ReadMarks, request)
    done = notifications.read(user_id=request.user.pk, **asked)
    hint_after_commit({request.user.pk: [notifications_read(**asdict(done))]})
    return Response(UnreadNotifications({"unread": done.unread}).data)


def told_by_sender(notification: Notification) -> dict:
    names = ("title", "body", "url", "level", "data")
    words = {name: getattr(notification, name) for name in names}
    moments = {"created_at": moment(notification.created_at)}
    return {"id": notification.pk, "sender": notification.sender_id, **words, **moments}


def told_to_recipient(delivery: Delivery) -> dict:
    message = delivery.message
    moments = {"created_at": moment(message.created_at), "read_at": moment(delivery.read_at)}
    return {
        "id": message.pk,
        "sender": message.sender_id,
        "body": message.body,
        **message.data,
        **moments,
        "seq": delivery.seq,
    }


def recipient(delivery: Delivery) -> dict:
    return {
        "user": delivery.recipient_id,
        "status": delivery.status,
        "sent_at": moment(delivery.sent_at),
        "read_at": moment(delivery.read_at),
    }
