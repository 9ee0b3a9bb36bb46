"""Where a socket comes from."""

from messages_store.addresses import client_address


def address_of(scope: dict) -> str:
    """The client's address, or nothing where there is none: behind a Unix socket, for example."""
    forwarded = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address((scope.get("client") or ("",))[0], forwarded)
