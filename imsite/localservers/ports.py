"""Ports that stay ours while a server is down."""

import random
import socket

# Below Linux' range for outgoing connections: otherwise a client that reconnects to a server that was just
# killed may be given the server's own port as its source, and the server cannot come back.
RANGE = range(20_000, 32_000)

_given: set[int] = set()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on and that this process was not given before."""
    for port in random.sample(RANGE, k=200):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise RuntimeError("No free port was found on 127.0.0.1.")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
