"""Where a connection comes from, and who is believed about it."""

from ipaddress import ip_network

import pytest

from chat.addresses import address_of


def scope(client: str | None, *forwarded: str) -> dict:
    headers = [(b"host", b"x"), *((b"x-forwarded-for", value.encode()) for value in forwarded)]
    return {"client": client and (client, 5), "headers": headers}


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),  # it is no proxy of ours
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),  # the leftmost is the client's own word
        ("10.0.0.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),  # two proxies of ours
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", [f"fe80::1%{'x' * 60}, 10.0.0.2"], "fe80::1"),
        (None, ["203.0.113.9"], ""),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_address(settings, client, forwarded, address):
    settings.IM_TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert address_of(scope(client, *forwarded)) == address


def test_by_default_nobody_is_believed():
    assert address_of(scope("127.0.0.1", "203.0.113.9")) == "127.0.0.1"
