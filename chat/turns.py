"""A queue in which who brings much does not keep the others waiting."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Turns(Generic[Item]):
    """Everybody's items in their own order, taken in rounds of one from each."""

    def __init__(self):
        self._waiting: OrderedDict[Hashable, deque[Item]] = OrderedDict()  # who has the next turn comes first
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def put(self, whose: Hashable, item: Item) -> None:
        self._waiting.setdefault(whose, deque()).append(item)
        self._length += 1

    def take(self, most: int) -> list[Item]:
        """The next items, at most so many."""
        taken: list[Item] = []
        while self._waiting and len(taken) < most:
            whose, theirs = self._waiting.popitem(last=False)
            taken.append(theirs.popleft())
            if theirs:
                self._waiting[whose] = theirs
        self._length -= len(taken)
        return taken
