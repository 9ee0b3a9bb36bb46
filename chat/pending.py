"""What a connection has sent and has no answer to yet. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from messages_store.changes import Change, about
from messages_store.drafts import Draft

if TYPE_CHECKING:
    from messages_store.events import Event


class Pending:
    """Sends and changes by their token. The same one may wait several times: each time has its own answer."""

    def __init__(self):
        self._waiting: dict[str, list[tuple[Draft | Change, str | None]]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, token: str | None) -> bool:
        return token in self._waiting

    def drafts(self, token: str | None) -> Iterator[Draft | Change]:
        return (draft for draft, _ in self._waiting.get(token, ()))

    def may_be(self, event: "Event") -> bool:
        """Whether an entry that was read may be a change of these: its message was changed again since, perhaps."""
        if event.event == "message" or event.client_id is None:
            return False
        return any(about(token) == about(event.client_id) for token in self._waiting)

    def add(self, draft: Draft | Change, as_written: str | None) -> None:
        """`as_written` is how the client wrote the client_id of a send: that is how its answer has it."""
        self._waiting.setdefault(draft.token, []).append((draft, as_written))
        self._count += 1

    def pop(self, token: str) -> tuple[Draft | Change, str | None]:
        """The first with this token is answered."""
        waiting = self._waiting[token]
        answered = waiting.pop(0)
        self._count -= 1
        if not waiting:
            del self._waiting[token]
        return answered
