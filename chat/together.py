"""Questions to the database, asked for many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from .database import Unavailable

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """Puts questions of one kind to `read`: what is asked while one read is on its way shares the next one.

    Whoever asks alone waits for nobody, and every answer was read after its question was asked. A question with which
    `read` fails fails alone.
    """

    def __init__(self, read: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]], *, at_once: int):
        self._read = read
        self._at_once = at_once
        self._asked: dict[Question, list[asyncio.Future[Answer]]] = {}
        self._reading: asyncio.Task | None = None

    async def ask(self, question: Question) -> Answer:
        answer = asyncio.get_running_loop().create_future()
        self._asked.setdefault(question, []).append(answer)
        if self._reading is None:
            self._reading = asyncio.create_task(self._go_on())
        return await answer

    async def _go_on(self) -> None:
        try:
            while self._asked:
                questions = list(islice(self._asked, self._at_once))
                await self._answer([(question, self._asked.pop(question)) for question in questions])
        finally:
            self._reading = None

    async def _answer(self, asked: list[tuple[Question, list[asyncio.Future[Answer]]]]) -> None:
        waiting = [(question, answers) for question, answers in asked if not all(one.done() for one in answers)]
        if not waiting:
            return
        try:
            found = await self._read([question for question, _ in waiting])
        except Exception as error:
            if len(waiting) == 1 or isinstance(error, Unavailable):
                _settle((answer for _, answers in waiting for answer in answers), error=error)
                return
            for one in waiting:
                await self._answer([one])
        else:
            for question, answers in waiting:
                _settle(answers, found.get(question))


def _settle(answers: Iterable[asyncio.Future], result=None, *, error: Exception | None = None) -> None:
    for answer in answers:
        if answer.done():
            continue  # who asked has left
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)
