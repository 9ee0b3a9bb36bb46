"""Ports that stay ours while a server is down, whoever else on this machine looks for some."""

import random
import socket

# Below Linux' range for outgoing connections: otherwise a client that reconnects to a server that was just
# killed may be given the server's own port as its source, and the server cannot come back.
RANGE = range(20_000, 32_000)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on, and that nobody is given again while this process lives."""
    for port in random.sample(RANGE, k=200):
        if _claim(port) and is_free(port):
            return port
    raise RuntimeError("No free port was found on 127.0.0.1.")


def _claim(port: int) -> bool:
    """Whether it is ours from now on, before anything listens there and while nothing does.

    The port of that number for UDP, which no server of ours uses, is bound to the end of this process: the tests run in
    several processes at once, and each finds it taken.
    """
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    claim.detach()  # the object may go, the port stays
    return True


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
