"""The channel layer that rings many bells at once.

channels_redis' pub/sub layer with other hands: what is published in one turn of the event loop goes out in one write,
what arrives is handed over by a callback, a connection that is lost is noticed and told, and nothing waits for Redis.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer
from channels_redis.utils import _wrap_close

from .gaps import Gaps
from .metrics import counts
from .redis_link import RedisLink
from .seldom import Seldom

logger = logging.getLogger(__name__)
strange = Seldom(logger)

UNHEARD = 10_000  # messages that may wait in one channel; the oldest go first
SUBSCRIBE_AT_ONCE = 500


class RingingChannelLayer(RedisPubSubChannelLayer):
    """A Channels layer over Redis pub/sub. `hosts`: Redis URLs that share the groups; `timeout` in seconds."""

    def __init__(self, *, hosts: list[str], prefix: str = "imsite", timeout: float = 2, **options):
        super().__init__(hosts=hosts, prefix=prefix, **options)
        self._urls = hosts
        self._timeout = timeout

    def _get_layer(self) -> "RingingLoopLayer":
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            self._layers[loop] = RingingLoopLayer(
                urls=self._urls, timeout=self._timeout, channel_layer=self, **self._kwargs
            )
            _wrap_close(self, loop)
        return self._layers[loop]

    def deserialize(self, message: bytes) -> dict:
        """As the base's; what is no message of a channel layer is an empty one, and the next is read at once."""
        try:
            found = super().deserialize(message)
        except Exception as error:
            strange.warning("Something else than a message was published to us: %r", error)
            return {}
        return found if isinstance(found, dict) else {}


class RingingLoopLayer(RedisPubSubLoopLayer):
    """The layer in one event loop."""

    def __init__(self, *, urls: list[str], timeout: float, channel_layer: RingingChannelLayer, **options):
        super().__init__(channel_layer=channel_layer, **options)
        self._shards = [Shard(url, timeout=timeout, hear=self._hear, back=self._is_back) for url in urls]
        self._heed: list[Callable[[], None]] = []

    def heed(self, back: Callable[[], None]) -> None:
        """Call `back` whenever a lost connection is there again: what was published meanwhile is gone."""
        self._heed.append(back)

    def _is_back(self) -> None:
        for back in self._heed:
            back()

    async def group_send_many(self, messages: Iterable[tuple[str, dict]]) -> None:
        """`group_send` for many groups at once."""
        for group, message in messages:
            name = self._get_group_channel_name(group)
            self._get_shard(name).put(name, self.channel_layer.serialize(message))

    async def ping(self) -> bool:
        """Whether every Redis is connected."""
        return all(shard.connected for shard in self._shards)

    @property
    def gaps(self) -> list[Gaps]:
        """When what was published may have been lost, of each Redis."""
        return [shard.gaps for shard in self._shards]

    @property
    def settled(self) -> bool:
        """Whether all that was published has reached its Redis."""
        return all(shard.settled for shard in self._shards)

    async def _subscribe_to_channel(self, channel: str) -> None:
        self.channels[channel] = asyncio.Queue()
        self._get_shard(channel).begin(channel)  # without waiting: a node must start though Redis is away

    def _hear(self, name: str, data: bytes) -> None:
        for channel in self.groups.get(name, (name,)):
            queue = self.channels.get(channel)
            if queue is not None:
                if queue.qsize() >= UNHEARD:
                    queue.get_nowait()
                queue.put_nowait(data)


class Shard:
    """One Redis: a connection to publish on, another to listen on."""

    def __init__(self, url: str, *, timeout: float, hear: Callable[[str, bytes], None], back: Callable[[], None]):
        self._hear = hear
        self._back = back
        self._names: dict[str, asyncio.Future] = {}  # what we subscribe to; done when Redis said so
        self._opened_before = False
        self.gaps = Gaps()
        self._publisher = RedisLink(
            url, timeout=timeout, heard=self._replied, opened=self.gaps.worked, lost=self.gaps.failed
        )
        self._listener = RedisLink(url, timeout=timeout, heard=self._heard, opened=self._subscribe_all)

    @property
    def connected(self) -> bool:
        return self._publisher.connected and self._listener.connected

    @property
    def settled(self) -> bool:
        return self._publisher.settled

    def put(self, name: str, message: bytes) -> None:
        """Publish; without Redis it is lost, which nobody waits for."""
        if self._publisher.send("PUBLISH", name, message):
            self.gaps.worked()
        else:
            counts.layer_errors += 1
            self.gaps.failed(monotonic())

    async def publish(self, name: str, message: bytes) -> None:
        self.put(name, message)

    async def subscribe(self, name: str) -> None:
        """Hear what is published under this name; returns when Redis has confirmed it, whenever that is."""
        await asyncio.shield(self.begin(name))

    def begin(self, name: str) -> asyncio.Future:
        """Hear what is published under this name from when the future is done."""
        if name not in self._names:
            self._names[name] = asyncio.get_running_loop().create_future()
            self._listener.send("SUBSCRIBE", name)
        return self._names[name]

    async def unsubscribe(self, name: str) -> None:
        if name in self._names:
            confirmed = self._names.pop(name)
            if not confirmed.done():
                confirmed.set_result(None)  # whoever waits for it waits no longer
            self._listener.send("UNSUBSCRIBE", name)

    async def flush(self) -> None:
        await self._publisher.close()
        await self._listener.close()

    def _subscribe_all(self) -> None:
        names = list(self._names)
        for start in range(0, len(names), SUBSCRIBE_AT_ONCE):
            self._listener.send("SUBSCRIBE", *names[start : start + SUBSCRIBE_AT_ONCE])
        if self._opened_before:
            counts.layer_errors += 1  # whatever was published meanwhile, nobody heard here
            self._back()
        self._opened_before = True

    def _heard(self, reply: Any) -> None:
        if not isinstance(reply, list) or len(reply) != 3:
            return
        kind, name, data = reply
        if kind == b"message":
            self._hear(name.decode(), data)
        elif kind == b"subscribe":
            confirmed = self._names.get(name.decode())
            if confirmed is not None and not confirmed.done():
                confirmed.set_result(None)

    def _replied(self, reply: Any) -> None:
        if isinstance(reply, Exception):
            counts.layer_errors += 1
            logger.warning("Redis refused to publish: %s", reply)
