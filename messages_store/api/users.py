"""Finding people."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from messages_store.scopes import USERS_READ
from messages_store.services import people

from . import serializers, shapes
from .permissions import scopes
from .serializers import parse


@scopes(get=USERS_READ)
@extend_schema(tags=["users"], parameters=[serializers.UsersQuery], responses=shapes.Accounts)
@api_view(["GET"])
def users(request):
    """Active users by a part of their name or username, in the order of usernames; without `q` all of them.

    Customers and visitors find only themselves and whom they share a conversation with (IM_USER_SEARCH), and nobody
    finds a visitor whom they do not.
    """
    query = parse(serializers.UsersQuery, request)
    found = people.search(viewer=request.user, text=query["q"], limit=query["limit"], cursor=query.get("cursor"))
    return Response({"results": [serializers.account(user) for user in found.results], "next": found.next})
