"""Where a node is, whether we started it or somebody else did."""

import contextlib
import http.client
from typing import NamedTuple
from urllib.parse import urlsplit

from imsite.localservers import Node


class Remote(NamedTuple):
    """A node, or a proxy in front of several, as `https://chat.example.com`."""

    url: str

    @property
    def name(self) -> str:
        return self.url

    @property
    def ws_url(self) -> str:
        return "ws" + self.url.removeprefix("http") + "/ws/v1/"


Address = Node | Remote


def is_ready(node: Address) -> bool:
    """What the node says of itself: that it reaches the database and Redis. A proxy may keep the answer to itself."""
    parts = urlsplit(node.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with contextlib.closing(kind(parts.netloc, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
