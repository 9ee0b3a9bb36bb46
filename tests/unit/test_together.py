"""Questions that are put together."""

import asyncio

import pytest

from chat.database import Unavailable
from chat.together import Together


class Reader:
    """Answers each question with its double; each read waits until it is let on."""

    def __init__(self):
        self.reads: list[list[int]] = []
        self.gate = asyncio.Event()
        self.fails: dict[int, Exception] = {}

    async def read(self, questions):
        self.reads.append(list(questions))
        await self.gate.wait()
        for question in questions:
            if question in self.fails:
                raise self.fails[question]
        return {question: 2 * question for question in questions if question != 0}


@pytest.fixture
async def reader():
    return Reader()


@pytest.fixture
async def together(reader):
    return Together(reader.read, at_once=3)


async def ask(together, *questions) -> list[asyncio.Task]:
    """Asked, and on their way."""
    tasks = [asyncio.create_task(together.ask(question)) for question in questions]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_meanwhile_shares_the_next_read(reader, together):
    first = await ask(together, 1)
    others = await ask(together, 2, 3)
    reader.gate.set()
    assert await asyncio.gather(*first, *others) == [2, 4, 6]
    assert reader.reads == [[1], [2, 3]]


async def test_an_answer_was_read_after_its_question(reader, together):
    """The same question again is read again: the first read may have looked before what the second asks for."""
    first = await ask(together, 1)
    second = await ask(together, 1)
    reader.gate.set()
    assert await asyncio.gather(*first, *second) == [2, 2]
    assert reader.reads == [[1], [1]]


async def test_the_same_question_is_read_once_for_all_who_ask_it_together(reader, together):
    await ask(together, 1)
    same = await ask(together, 5, 5)
    reader.gate.set()
    assert await asyncio.gather(*same) == [10, 10]
    assert reader.reads == [[1], [5]]


async def test_a_read_is_of_a_few_at_a_time(reader, together):
    tasks = await ask(together, 1, 2, 3, 4, 5)
    reader.gate.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert max(map(len, reader.reads)) == 3


async def test_what_is_not_found_is_none(reader, together):
    reader.gate.set()
    assert await together.ask(0) is None


async def test_a_question_fails_alone(reader, together):
    await ask(together, 1)
    reader.fails[3] = ValueError("three")
    tasks = await ask(together, 2, 3, 4)
    reader.gate.set()
    two, three, four = await asyncio.gather(*tasks, return_exceptions=True)
    assert (two, str(three), four) == (4, "three", 8)


async def test_a_store_that_is_away_is_not_asked_for_each(reader, together):
    await ask(together, 1)
    reader.fails[2] = Unavailable()
    tasks = await ask(together, 2, 3)
    reader.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in found] == [Unavailable, Unavailable]
    assert len(reader.reads) == 2
    reader.fails.clear()
    assert await together.ask(4) == 8


async def test_who_has_left_is_not_asked_for(reader, together):
    await ask(together, 1)
    gone, stays = await ask(together, 2, 3)
    gone.cancel()
    reader.gate.set()
    assert await stays == 6
    assert reader.reads == [[1], [3]]
