"""A channel layer that loses, doubles, delays or reorders rings, as a test wants it; and one that is out of order."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable

from messages_store import publish

from .real_nodes import PATIENCE

Rule = Callable[[dict], Iterable[dict]]  # what is rung in place of this ring


class RiggedLayer:
    """The real layer, in which each ring first passes a rule."""

    def __init__(self, layer):
        self._layer = layer
        self.rule: Rule = all_of_them

    def __getattr__(self, name: str):
        return getattr(self._layer, name)

    async def group_send_many(self, messages: Iterable[tuple[str, dict]]) -> None:
        for _group, message in messages:
            for ring in self.rule(message):
                await self.ring(ring)

    async def group_send(self, group: str, message: dict) -> None:
        await self.group_send_many([(group, message)])

    async def ring(self, message: dict) -> None:
        """Past the rule."""
        group_of = publish.presence_group_of if {"presence", "profile"} & message.keys() else publish.group_of
        await self._layer.group_send(group_of(message["user"]), message)


class BrokenLayer(RiggedLayer):
    """Hears, but ringing fails as `fault` says."""

    def __init__(self, layer, fault: Callable):
        super().__init__(layer)
        self._fault = fault

    async def ring(self, message: dict) -> None:
        await self._fault()


async def refuse() -> None:
    raise ConnectionError("no layer")


async def hang() -> None:
    await asyncio.Event().wait()


def all_of_them(message: dict) -> list[dict]:
    return [message]


def none_at_all(message: dict) -> list[dict]:
    return []


def twice(message: dict) -> list[dict]:
    return [message, message]


def heads_only(message: dict) -> list[dict]:
    """As for messages that are too large to be carried."""
    return [message | {"events": []}] if "events" in message else [message]


class Kept:
    """Keeps every ring, for the test to ring it when it likes."""

    def __init__(self):
        self.rings: list[dict] = []

    def __call__(self, message: dict) -> list[dict]:
        self.rings.append(message)
        return []

    async def of(self, user, up_to: int) -> list[dict]:
        """The rings for one user up to this head, in the order in which they were sent."""
        async with asyncio.timeout(PATIENCE):
            while not (found := self._of(user)) or found[-1]["head"] < up_to:  # noqa: ASYNC110
                await asyncio.sleep(0.005)  # they are rung after the answer
        return found

    def _of(self, user) -> list[dict]:
        return [ring for ring in self.rings if ring["user"] == user.pk and "head" in ring]


class Backwards:
    """Rings each user's rings in groups of `size`, the last one first."""

    def __init__(self, size: int):
        self._size = size
        self._kept: dict[int, list[dict]] = defaultdict(list)

    def __call__(self, message: dict) -> list[dict]:
        kept = self._kept[message["user"]]
        kept.append(message)
        if len(kept) < self._size:
            return []
        self._kept[message["user"]] = []
        return kept[::-1]
