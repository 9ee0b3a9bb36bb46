"""What was said and not accepted yet, and whose turn it is. Pure: times are seconds of any one clock."""

import asyncio
from collections.abc import Iterable
from itertools import islice

from .errors import ImsiteError
from .records import Accepted
from .store import Draft

ANSWER_WITHIN = 15.0  # seconds after which it is sent again, under the same client_id


class Sent:
    """Something that was said. It is safe in the outbox; `accepted()` waits for what becomes of it."""

    def __init__(self, client_id: str):
        self.client_id = client_id
        self._answered = asyncio.Event()
        self._accepted: Accepted | None = None
        self._error: ImsiteError | None = None

    @property
    def answered(self) -> bool:
        return self._answered.is_set()

    async def accepted(self) -> Accepted:
        """Wait until it is stored. Raises what the server had against it, or Closed.

        Not in the loop over events: the answer may wait behind events that wait for the loop.
        """
        await self._answered.wait()
        if self._accepted is None:
            raise self._error or AssertionError
        return self._accepted

    def answer(self, answer: Accepted | ImsiteError) -> None:
        if isinstance(answer, Accepted):
            self._accepted = answer
        else:
            self._error = answer
        self._answered.set()


class Outbox:
    """Of each conversation at most `in_flight` drafts are on their way. With one, nothing ever overtakes."""

    def __init__(self, drafts: Iterable[Draft] = (), *, in_flight: int = 1):
        self._in_flight = in_flight
        self._drafts: dict[str, Draft] = {}
        self._places: dict[tuple[int | None, int | None], dict[str, Draft]] = {}  # in the order of each
        self._sent: dict[str, Sent] = {}
        self._due: dict[str, float] = {}  # client_id → when it may be sent again
        self._not_before = 0.0
        for draft in drafts:
            self.add(draft)

    def __len__(self) -> int:
        return len(self._drafts)

    def __contains__(self, client_id: object) -> bool:
        return client_id in self._drafts

    def add(self, draft: Draft) -> Sent:
        """As the last one; what waits already keeps its place."""
        if draft.client_id not in self._drafts:
            self._drafts[draft.client_id] = draft
            self._places.setdefault(draft.place, {})[draft.client_id] = draft
            self._sent[draft.client_id] = Sent(draft.client_id)
        return self._sent[draft.client_id]

    def take(self, now: float) -> list[Draft]:
        """Those whose turn it is; they are on their way then."""
        if now < self._not_before:
            return []
        ready = [draft for draft in self._firsts() if self._due.get(draft.client_id, 0.0) <= now]
        for draft in ready:
            self._due[draft.client_id] = now + ANSWER_WITHIN
        return ready

    def next_turn(self) -> float | None:
        """When `take` has something again; None while nothing waits."""
        turns = [self._due.get(draft.client_id, 0.0) for draft in self._firsts()]
        return max(min(turns), self._not_before) if turns else None

    def pause(self, client_id: str, until: float) -> None:
        """The server asks for time: nothing goes out before that, and this one goes again."""
        self._not_before = max(self._not_before, until)
        if client_id in self._drafts:
            self._due[client_id] = until

    def reconnected(self) -> None:
        """Nothing is on its way any more: all of it goes again."""
        self._due.clear()
        self._not_before = 0.0

    def answered(self, client_id: str, answer: Accepted | ImsiteError) -> bool:
        """It is stored, or refused for good; whether it was one of ours."""
        draft = self._drafts.pop(client_id, None)
        if draft is None:
            return False
        place = self._places[draft.place]
        del place[client_id]
        if not place:
            del self._places[draft.place]
        self._due.pop(client_id, None)
        self._sent.pop(client_id).answer(answer)
        return True

    def give_up(self, error: ImsiteError) -> None:
        """There will be no more connections. Whoever waits is told; the store keeps the drafts."""
        for sent in self._sent.values():
            if not sent.answered:
                sent.answer(error)

    def _firsts(self) -> list[Draft]:
        return [draft for place in self._places.values() for draft in islice(place.values(), self._in_flight)]
