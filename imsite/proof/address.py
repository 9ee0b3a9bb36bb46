"""Where a node is, whether we started it or somebody else did."""

from typing import NamedTuple

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
