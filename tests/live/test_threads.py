"""Threads that run services, at their end."""

import asyncio
import threading

import pytest
from django.db import connections

from chat.database import Threads, Unavailable

from .conftest import eventually


async def test_what_was_given_to_them_is_finished():
    threads = Threads("test", 2)
    done = []
    running = [asyncio.create_task(threads.run(done.append, n)) for n in range(10)]
    await asyncio.sleep(0)
    await asyncio.to_thread(threads.close, within=5)
    await asyncio.gather(*running)
    assert sorted(done) == list(range(10))


async def test_one_that_hangs_is_left_alone():
    """Others give their connections back; nobody waits for it, and nothing new is begun."""
    threads, hangs, answer, closed = Threads("test", 2), threading.Event(), threading.Event(), []

    def hang() -> bool:
        hangs.set()
        return answer.wait()

    def look() -> None:
        mine = connections["default"]  # not the proxy, which is another one in each thread
        mine.ensure_connection()
        closed.append(mine)

    hanging = asyncio.create_task(threads.run(hang))
    await eventually(hangs.is_set)
    await threads.run(look)  # in the other thread
    await asyncio.to_thread(threads.close, within=0.2)
    assert len(closed) == 1
    await eventually(lambda: closed[0].connection is None)  # it does so by itself when the time is over
    with pytest.raises(Unavailable):
        await threads.run(look)
    answer.set()
    assert await hanging


async def test_when_all_of_them_hang_nobody_waits():
    threads, answer = Threads("test", 1), threading.Event()
    hanging = asyncio.create_task(threads.run(answer.wait))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await asyncio.to_thread(threads.close, within=0.2)
    assert not hanging.done()
    answer.set()
    assert await hanging
