"""How many calls a minute: counted per token, else per user, and per address for who is nobody.

The answers tell how it stands, by the fields of draft-ietf-httpapi-ratelimit-headers-10.
"""

from dataclasses import dataclass
from math import ceil
from random import uniform

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from messages_store.addresses import address_of
from messages_store.counting import WINDOW, counter
from messages_store.errors import RateLimited

STAGGER = 3  # seconds by which those who were refused are told different times


@dataclass(frozen=True, slots=True)
class Quota:
    """So many calls a minute, 0 for any number, and whose they are."""

    policy: str
    limit: int
    whose: str


class Throttle(BaseThrottle):
    def allow_request(self, request, view) -> bool:
        count(request, view)
        return True


def count(request, view) -> None:
    """Count this call, once. The view's headers tell how it stands; RateLimited where it is one too many."""
    quota = quota_of(request)
    if not quota.limit or "RateLimit" in view.headers:
        return
    calls, left = counter().count(f"{quota.policy}.{quota.whose}")
    remaining = max(0, quota.limit - calls)
    view.headers["RateLimit-Policy"] = f'"{quota.policy}";q={quota.limit};w={WINDOW}'
    view.headers["RateLimit"] = f'"{quota.policy}";r={remaining};t={ceil(left)}'
    if calls > quota.limit:
        raise RateLimited(retry_after=left + uniform(0, STAGGER))  # noqa: S311


def quota_of(request) -> Quota:
    """By what is known of the caller so far, without asking for more."""
    user, token = getattr(request, "_user", None), getattr(request, "_auth", None)
    if token is not None:
        return Quota("token", settings.IM_TOKEN_REQUESTS_PER_MINUTE, token.pk)
    if user is not None and user.is_authenticated:
        return Quota("user", settings.IM_REQUESTS_PER_MINUTE, str(user.pk))
    return Quota("address", settings.IM_STRANGER_REQUESTS_PER_MINUTE, address_of(request))
