"""What REST tells of what is live."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.api.permissions import scopes
from messages_store.api.serializers import parse
from messages_store.events import moment
from messages_store.scopes import USERS_READ

from .protocol import MOST_WATCHED
from .services import presence

LARGEST = 2**53 - 1


class PresenceQuery(serializers.Serializer):
    users = serializers.RegexField(
        r"^[0-9]{1,16}(,[0-9]{1,16})*$",
        max_length=17 * MOST_WATCHED,
        help_text=f"at most {MOST_WATCHED} ids, with commas between",
    )

    def validate_users(self, text: str) -> list[int]:
        users = list(dict.fromkeys(int(id) for id in text.split(",")))
        if len(users) > MOST_WATCHED or max(users) > LARGEST:
            raise serializers.ValidationError(_("At most %d ids of users.") % MOST_WATCHED)
        return users


class Presence(serializers.Serializer):
    """How somebody is."""

    user = serializers.IntegerField()
    online = serializers.BooleanField()
    last_seen = serializers.DateTimeField(allow_null=True, help_text="null: never")
    away = serializers.BooleanField(required=False, help_text="true where all devices are idle, else missing")


class Presences(serializers.Serializer):
    results = Presence(many=True)


@scopes(get=USERS_READ)
@extend_schema(tags=["users"], parameters=[PresenceQuery], responses=Presences)
@api_view(["GET"])
def presence_of(request):
    """How these users are, as far as one may know: of strangers nothing, as if they had never been there."""
    users = parse(PresenceQuery, request)["users"]
    found = presence.seen_by(viewer_id=request.user.pk, user_ids=users)
    return Response({"results": [represent(user_id, how) for user_id, how in found.items()]})


def represent(user_id: int, how: presence.Presence) -> dict:
    """The fields of the `presence` frame."""
    away = {"away": True} if how.away else {}
    return {"user": user_id, "online": how.online, "last_seen": moment(how.last_seen), **away}
