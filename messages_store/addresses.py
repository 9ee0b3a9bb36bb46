"""Where somebody comes from. Only proxies that the settings name are believed, and of those only the last word."""

from collections.abc import Iterable
from ipaddress import ip_address

from django.conf import settings


def client_address(*, peer: str, forwarded: Iterable[str]) -> str:
    """The client's address, or nothing where there is none: behind a Unix socket, for example.

    `peer` is who is connected to us, `forwarded` the values of all `X-Forwarded-For` headers.
    """
    hops = [_address(hop.strip()) for value in forwarded for hop in value.split(",")]
    address = _address(peer)
    while address and _is_trusted(address) and hops:
        # Each proxy writes at the end. What stands before that, anybody could have sent.
        before = hops.pop()
        if not before:
            break
        address = before
    return address


def address_of(request) -> str:
    """The same of a Django request."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    return client_address(peer=request.META.get("REMOTE_ADDR", ""), forwarded=[forwarded] if forwarded else [])


def _address(text: str) -> str:
    try:
        address = ip_address(text.partition("%")[0])  # after it comes an interface, of any name and length
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_trusted(address: str) -> bool:
    return any(ip_address(address) in network for network in settings.IM_TRUSTED_PROXIES)
