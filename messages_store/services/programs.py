"""Accounts of programs: services that sign in by token alone."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from messages_store.errors import Invalid
from messages_store.models import User


def account(*, username: str) -> User:
    """The user of this name; made where there is none: a service, without a password."""
    made = User(username=username, kind=User.Kind.SERVICE, password=make_password(None))
    try:
        made.clean_fields()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    found = User.objects.filter(username=username).first()
    if found is None:
        made.save()
    return found or made


def permit_notifying(*, user: User) -> None:
    """Let this user send notifications."""
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label="messages_store", codename="send_notification")
    )
