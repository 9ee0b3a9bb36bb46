"""Messages: sent, read, changed, found, traced."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from ..records import Accepted, Message, Record, Step
from .transport import Transport


class _History(Record, frozen=True):
    results: tuple[Message, ...]
    next: int | None = None


class Messages:
    def __init__(self, transport: Transport):
        self._transport = transport

    def send(
        self,
        conversation: int,
        body: str,
        *,
        kind: str = "text",
        data: Mapping[str, Any] | None = None,
        reply_to: int | None = None,
        client_id: str | None = None,
    ) -> Accepted:
        """Say something; stored once, however often the call had to be made.

        Who keeps the `client_id` may make the call again even after a crash.
        """
        fields = {"body": body, "kind": kind, "data": data, "reply_to": reply_to}
        return self._transport.call(
            "POST",
            f"conversations/{conversation}/messages",
            Accepted,
            body={"client_id": client_id or str(uuid4()), **fields},
            repeatable=True,
        )

    def history(
        self, conversation: int, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> Iterator[Message]:
        """With `after` (a number) what follows it, oldest first; else what is before `before`, newest first.

        It ends with the conversation: take as many as you want.
        """
        path = f"conversations/{conversation}/messages"
        if after is not None:
            return self._transport.pages(path, Message, cursor="after", after=after, before=before, limit=limit)
        return self._backwards(path, before=before, limit=limit)

    def _backwards(self, path: str, *, before: int | None, limit: int) -> Iterator[Message]:
        """Pages come newest first, but each of them is in ascending order."""
        while True:
            page = self._transport.get(path, _History, before=before, limit=limit)
            yield from reversed(page.results)
            if page.next is None:
                return
            before = page.next

    def search(self, q: str, *, conversation: int | None = None, limit: int = 50) -> Iterator[Message]:
        """What has all of these words, newest first: in one conversation, or in all of one's own."""
        path = "messages" if conversation is None else f"conversations/{conversation}/messages"
        return self._transport.pages(path, Message, q=q, limit=limit)

    def get(self, message: int) -> Message:
        return self._transport.get(f"messages/{message}", Message)

    def edit(self, message: int, body: str) -> Message:
        return self._transport.call("PATCH", f"messages/{message}", Message, body={"body": body}, repeatable=True)

    def recall(self, message: int) -> Message:
        return self._transport.call("DELETE", f"messages/{message}", Message, repeatable=True)

    def trace(self, message: int, *, limit: int = 200) -> Iterator[Step]:
        """What became of it with each recipient. For its sender and for staff."""
        return self._transport.pages(f"messages/{message}/trace", Step, limit=limit)
