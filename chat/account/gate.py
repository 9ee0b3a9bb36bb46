"""Stands before Django's own way to check passwords: on our page, and in the admin."""

from django.core.exceptions import PermissionDenied

from . import throttle


class Gate:
    """An authentication backend that signs nobody in. Who tries too often is refused before a password is looked at."""

    def authenticate(self, request, username: str | None = None, password: str | None = None, **_) -> None:
        if request is None or username is None:  # no browser asks
            return
        request.seconds_to_wait = throttle.seconds_to_wait(request, account=username)
        if request.seconds_to_wait:
            raise PermissionDenied
