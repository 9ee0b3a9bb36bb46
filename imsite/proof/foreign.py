"""What has no business in our channels: noise, other programs' messages, rings that are broken or claim too much."""

import asyncio
import os
import random
from collections.abc import Iterator

import msgpack
import redis.asyncio

RING = "inbox.ring"
FAR = 2**63
LARGE = 2_000_000  # bytes
EVERY = 0.02  # seconds


def noise() -> list[bytes]:
    """No message of a channel layer, or none of ours."""
    return [
        *(b"", b"\x00", b"\xc1", b"hello", b'{"type": "inbox.ring"}', os.urandom(200)),
        *map(msgpack.packb, (None, 7, [1, 2], "text", {1: 2}, {"type": "chat.message", "text": "hi"}, {"type": 7})),
    ]


def broken_rings(user: int) -> Iterator[bytes]:
    """Rings of another version, or by somebody who makes mistakes."""
    event = [1, "message", "{}", None]
    for fields in (
        *({}, {"user": "x"}, {"user": None}, {"user": user, "head": "x"}, {"user": user, "head": 1.5}),
        *({"user": user, "head": 1, "events": "abc"}, {"user": user, "head": 1, "events": [event[:3]]}),
        *(
            {"user": user, "head": 1, "events": [[-1, *event[1:]]]},
            {"user": user, "head": 0, "events": [[0, *event[1:]]]},
        ),
        *({"user": user, "hints": [1]}, {"user": user, "hints": "x"}, {"user": user, "presence": "maybe"}),
        *({"user": user, "ends": {"x": 4504}}, {"user": user, "ends": {"x": 1}}, {"user": user, "ends": []}),
        *({"user": user, "head": 10}, {"user": user, "head": FAR}, {"user": user, "head": -FAR}),
        *({"user": 10**12, "head": FAR}, {"user": -1, "head": 5, "events": [event]}),
    ):
        yield msgpack.packb({"type": RING, **fields})


def huge() -> list[bytes]:
    return [os.urandom(LARGE), msgpack.packb({"type": RING, "user": 1, "hints": ["x" * LARGE]}), b"\x81" * LARGE]


async def foreign_events(redis_url: str, users: list[int], seconds: float) -> int:
    """Publish such things on every channel that anybody listens to; how many."""
    loop = asyncio.get_running_loop()
    ends, published = loop.time() + seconds, 0
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        while loop.time() < ends:
            channels = await client.pubsub_channels()
            what = [*noise(), *broken_rings(random.choice(users))]
            random.shuffle(what)
            for message in [*what, *random.sample(huge(), published % 200 == 0)]:
                await client.publish(random.choice(channels), message)
                published += 1
            await asyncio.sleep(EVERY)
    return published
