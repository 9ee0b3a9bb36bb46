"""The node's way into and out of the channel layer.

One channel for the whole node is in the group of every user who is connected here, so the layer hands a ring over once
per node, and a group names only nodes that hold the user.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from time import monotonic

from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings

from messages_store import publish
from messages_store.events import Event

from .gaps import Gaps
from .metrics import counts
from .seldom import Seldom

logger = logging.getLogger(__name__)
strange = Seldom(logger)

LAST_WORD = 1  # seconds that a stopping node waits for the layer
UNRUNG = 1_000  # batches of rings that may wait for a layer that is slow; older ones are dropped, and found by the look


class Bells:
    """Rings at users wherever they are, and hears what is rung for the users of this node."""

    def __init__(self, *, layer: BaseChannelLayer, hear: Callable[[dict], None]):
        self._layer = layer
        self._hear = hear
        self._channel: str | None = None
        self._making = asyncio.Lock()
        self._waiting: deque[tuple[Callable, Collection]] = deque()
        self._wake = asyncio.Event()
        self._ringing = False
        self._gaps = Gaps()

    def ring(self, events: Mapping[int, Sequence[Event]]) -> None:
        """Ring after a commit. Nobody waits for it."""
        self._put(publish.ring, events)

    def hint(self, frames: Mapping[int, Sequence[str]]) -> None:
        self._put(publish.hint, frames)

    def end(self, endings: Mapping[int, Mapping[str, int]]) -> None:
        """Ask for the end of connections, wherever they are."""
        self._put(publish.end, endings)

    def tell_profiles(self, frames: Mapping[int, str]) -> None:
        """These users are shown so from now on."""
        self._put(publish.profile, frames)

    def tell_presence(self, user_ids: Collection[int]) -> None:
        """These users may have come or gone."""
        self._put(publish.presence, user_ids)

    async def tell_last(self, user_ids: Collection[int]) -> None:
        """The same when nothing else runs any more: returns when it is said, or cannot be within a second."""
        if user_ids:
            await self._bounded(publish.presence(self._layer, user_ids), seconds=LAST_WORD)

    def _put(self, do: Callable, what: Collection) -> None:
        if what:
            if len(self._waiting) >= UNRUNG:
                self._waiting.popleft()
                self._gaps.failed(monotonic())
            self._waiting.append((do, what))
            self._wake.set()

    async def run(self) -> None:
        """Ring what waits, one after the other and never for long."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                do, what = self._waiting.popleft()
                self._ringing, began = True, monotonic()
                if await self._bounded(do(self._layer, what)):
                    self._gaps.worked()
                else:
                    self._gaps.failed(began)
                self._ringing = False

    @property
    def idle(self) -> bool:
        """Whether all that was to be rung has been."""
        return not self._waiting and not self._ringing

    @property
    def gaps(self) -> list[Gaps]:
        """When rings may have reached nobody: what failed here, and what the layer knows of itself."""
        return [self._gaps, *getattr(self._layer, "gaps", ())]

    async def listen(self) -> None:
        """Hand every ring that arrives to the node. Whatever comes through the layer, it must not deafen the node."""
        while True:
            try:
                message = await self._layer.receive(await self._own_channel())
            except Exception as error:
                counts.layer_errors += 1
                logger.warning("The channel layer failed: %r", error)
                await asyncio.sleep(0.2)  # what is lost meanwhile is found by the look
                continue
            try:
                self._hear(message)
            except Exception as error:
                strange.warning("A message in the channel layer makes no sense: %r", error)

    async def join(self, user_ids: Iterable[int]) -> None:
        """Hear the bells of these users. Joining again does no harm."""
        await self._join(publish.group_of(user_id) for user_id in user_ids)

    async def leave(self, user_id: int) -> None:
        await self._leave([publish.group_of(user_id)])

    async def join_presence(self, user_ids: Iterable[int]) -> None:
        """Hear when these users come or go."""
        await self._join(publish.presence_group_of(user_id) for user_id in user_ids)

    async def leave_presence(self, user_ids: Iterable[int]) -> None:
        await self._leave(publish.presence_group_of(user_id) for user_id in user_ids)

    async def _join(self, groups: Iterable[str]) -> None:
        await self._bounded(self._for_each(self._layer.group_add, groups))

    async def _leave(self, groups: Iterable[str]) -> None:
        await self._bounded(self._for_each(self._layer.group_discard, groups))

    async def _for_each(self, do: Callable, groups: Iterable[str]) -> None:
        channel = await self._own_channel()
        await asyncio.gather(*(do(group, channel) for group in groups))

    async def _own_channel(self) -> str:
        async with self._making:
            if self._channel is None:
                self._channel = await self._layer.new_channel()
        return self._channel

    async def _bounded(self, call: Coroutine, *, seconds: float | None = None) -> bool:
        try:
            # Not wait_for: Python 3.11's may swallow a cancellation.
            async with asyncio.timeout(seconds or settings.IM_LAYER_SECONDS):
                await call
        except Exception as error:
            counts.layer_errors += 1
            logger.warning("The channel layer did not answer: %r", error)
            return False
        return True


async def end_by_plain_code(endings: Mapping[int, Mapping[str, int]]) -> None:
    """Ask for the end of connections from a view. Where it cannot be rung, their nodes find it within a beat."""
    try:
        async with asyncio.timeout(settings.IM_LAYER_SECONDS):
            await publish.end(get_channel_layer(), endings)
    except Exception as error:
        logger.warning("The channel layer did not answer: %r", error)
