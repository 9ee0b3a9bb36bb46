"""Waiting for what shows only when one looks."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(done: Callable[[], object], *, every: float = 0.02) -> None:
    while not done():  # noqa: ASYNC110 (what is asked has no event to wait for)
        await asyncio.sleep(every)


async def until_empty(ask: Callable[[], Awaitable[list]], *, every: float = 0.05) -> None:
    while await ask():  # noqa: ASYNC110
        await asyncio.sleep(every)
