"""What waits for the application."""

import asyncio

import pytest

from chat.sockets import QUEUED_FRAMES, Intake


@pytest.fixture
async def intake():
    return Intake()


async def test_frames_are_taken_in_their_order(intake):
    for n in range(3):
        intake.put_nowait({"n": n})
    assert intake.qsize() == 3
    assert [(await intake.get())["n"] for _ in range(3)] == [0, 1, 2]
    assert intake.qsize() == 0


async def test_the_application_waits_for_the_next_one(intake):
    taking = asyncio.create_task(intake.get())
    await asyncio.sleep(0)
    assert not taking.done()
    intake.put_nowait({"n": 1})
    assert await taking == {"n": 1}


async def test_a_taker_that_was_cancelled_takes_nothing(intake):
    taking = asyncio.create_task(intake.get())
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    intake.put_nowait({"n": 1})
    assert await intake.get() == {"n": 1}


async def test_whoever_has_always_something_waiting_lets_the_others_have_their_turn(intake):
    for n in range(10 * QUEUED_FRAMES):
        intake.put_nowait({"n": n})
    turns = 0

    async def others():
        nonlocal turns
        while intake.qsize():
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    for _ in range(10 * QUEUED_FRAMES):
        await intake.get()
    await other
    assert turns >= 8
