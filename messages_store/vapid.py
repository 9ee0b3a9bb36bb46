"""Our key pair for web push (VAPID, RFC 8292), made of IM_WEBPUSH_KEY."""

from base64 import urlsafe_b64encode
from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02


def key_pair() -> Vapid02 | None:
    """None where no key is set."""
    return _made(settings.IM_WEBPUSH_KEY) if settings.IM_WEBPUSH_KEY else None


def public_key() -> str | None:
    """What browsers subscribe with: `applicationServerKey`."""
    pair = key_pair()
    if pair is None:
        return None
    point = pair.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


@cache
def _made(key: str) -> Vapid02:
    return Vapid02.from_string(key)
