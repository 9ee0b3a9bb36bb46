"""The browsers that show reminders by web push."""

from base64 import urlsafe_b64decode
from binascii import Error as NotBase64

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.events import moment
from messages_store.models import PushSubscription
from messages_store.scopes import INBOX_READ, PREFERENCES_WRITE
from messages_store.services import push_subscriptions
from messages_store.vapid import public_key

from .authentication import asker
from .permissions import scopes
from .serializers import known, parse_body


class Keys(serializers.Serializer):
    """As `PushSubscription.toJSON()` says them: base64url without =."""

    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=50)

    def validate_p256dh(self, text: str) -> str:
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _bytes(text))
        except ValueError:
            raise serializers.ValidationError(_("This must be a point of P-256, as base64url.")) from None
        return text

    def validate_auth(self, text: str) -> str:
        try:
            right = len(_bytes(text)) == 16
        except ValueError:
            right = False
        if not right:
            raise serializers.ValidationError(_("This must be 16 bytes, as base64url."))
        return text


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except NotBase64:
        raise ValueError(text) from None


class NewPushSubscription(serializers.Serializer):
    """A browser's `PushSubscription.toJSON()`."""

    endpoint = serializers.URLField(max_length=1_000)
    expirationTime = serializers.FloatField(required=False, allow_null=True)  # as browsers write it
    keys = Keys()

    def validate_endpoint(self, url: str) -> str:
        if not url.startswith("https://"):
            raise serializers.ValidationError(_("This must begin with https:."))
        return url


class Subscribed(serializers.Serializer):
    """One browser. `last_ok_at`: when its push service last took a reminder. `signed_in`: whether the session or the
    token that asked for it still is; else nothing is sent there, until it is asked for again."""

    id = serializers.IntegerField()
    endpoint = serializers.CharField()
    signed_in = serializers.BooleanField()
    created_at = serializers.CharField()
    last_ok_at = serializers.CharField(allow_null=True)
    last_failed_at = serializers.CharField(allow_null=True)


class Subscriptions(serializers.Serializer):
    """All of them: 20 at most. `public_key` is what browsers subscribe with; null where web push is not set up."""

    public_key = serializers.CharField(allow_null=True)
    results = Subscribed(many=True)
    next = serializers.CharField(allow_null=True)


@scopes(get=INBOX_READ, post=PREFERENCES_WRITE)
@extend_schema(methods=["GET"], tags=["reminders"], responses=Subscriptions)
@extend_schema(methods=["POST"], tags=["reminders"], request=NewPushSubscription, responses={201: Subscribed})
@api_view(["GET", "POST"])
def push_subscriptions_of_me(request):
    """One's browsers that show reminders, and one more. One that another user had subscribed is one's own then.

    It ends with the session or the token that asks.
    """
    if request.method == "POST":
        asked = parse_body(NewPushSubscription, request)
        by = asker(request)
        found = push_subscriptions.subscribe(
            user=by.user, endpoint=asked["endpoint"], **asked["keys"], session_key=by.session_key, token=by.token
        )
        return Response(Subscribed(told(found)).data, status=201)
    mine = push_subscriptions.of(user_id=request.user.pk)
    answer = {"public_key": public_key(), "results": [told(found) for found in mine], "next": None}
    return Response(Subscriptions(answer).data)


@scopes(delete=PREFERENCES_WRITE)
@extend_schema(tags=["reminders"], responses={204: None})
@api_view(["DELETE"])
def push_subscription(request, subscription_id: int):
    """Remind there no more."""
    known(subscription_id)
    push_subscriptions.unsubscribe(user_id=request.user.pk, subscription_id=subscription_id)
    return Response(status=204)


def told(subscription: PushSubscription) -> dict:
    names = ("created_at", "last_ok_at", "last_failed_at")
    moments = {name: moment(getattr(subscription, name)) for name in names}
    browser = {"id": subscription.pk, "endpoint": subscription.endpoint, "signed_in": subscription.is_good}
    return browser | moments
