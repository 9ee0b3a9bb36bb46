"""Where a connection comes from."""

from messages_store.addresses import client_address


def address_of(scope: dict) -> str:
    """The client's address by its ASGI scope, or nothing where there is none."""
    forwarded = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address(peer=(scope.get("client") or ("",))[0], forwarded=forwarded)
