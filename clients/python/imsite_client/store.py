"""What a device must not forget: how far it has handled its inbox, and what it has said that nobody accepted yet."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from .records import Record


class Cursor(Record, frozen=True):
    """Everything up to `seq` of this incarnation of this user's inbox was handled."""

    user: int
    epoch: str
    seq: int


class Draft(Record, frozen=True):
    """A message until it is accepted or refused: in a conversation, or `to` a user."""

    client_id: str
    body: str
    conversation: int | None = None
    to: int | None = None
    kind: str = "text"
    data: dict[str, Any] | None = None
    reply_to: int | None = None

    @property
    def place(self) -> tuple[int | None, int | None]:
        """Within which drafts keep their order."""
        return self.conversation, self.to


class Saved(Record, frozen=True):
    """All of it. The outbox is in the order in which it was written."""

    cursor: Cursor | None = None
    outbox: tuple[Draft, ...] = ()


class Store(Protocol):
    """Where that is kept. Each call returns when it is safe.

    An application that writes its own effects into a database keeps the cursor there too, in the same transaction: then
    `load` reads it, `save_cursor` has nothing to do, and each event has its effect exactly once.
    """

    async def load(self) -> Saved: ...

    async def save_cursor(self, cursor: Cursor) -> None: ...

    async def add(self, draft: Draft) -> None: ...

    async def remove(self, client_id: str) -> None: ...


class MemoryStore:
    """For as long as the object lives."""

    def __init__(self, saved: Saved | None = None) -> None:
        saved = saved or Saved()
        self._cursor = saved.cursor
        self._outbox = {draft.client_id: draft for draft in saved.outbox}

    @property
    def saved(self) -> Saved:
        return Saved(cursor=self._cursor, outbox=tuple(self._outbox.values()))

    async def load(self) -> Saved:
        return self.saved

    async def save_cursor(self, cursor: Cursor) -> None:
        self._cursor = cursor

    async def add(self, draft: Draft) -> None:
        self._outbox[draft.client_id] = draft

    async def remove(self, client_id: str) -> None:
        self._outbox.pop(client_id, None)


class FileStore(MemoryStore):
    """In one file of JSON, which is replaced at once and as a whole: a crash leaves the old or the new one.

    For one device of one process. What changes while a write is on its way shares the next one.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        super().__init__(read(self.path))
        self._writing = asyncio.Lock()
        self._changes = self._written = 0

    async def save_cursor(self, cursor: Cursor) -> None:
        await super().save_cursor(cursor)
        await self._flush()

    async def add(self, draft: Draft) -> None:
        await super().add(draft)
        await self._flush()

    async def remove(self, client_id: str) -> None:
        await super().remove(client_id)
        await self._flush()

    async def _flush(self) -> None:
        self._changes += 1
        # Whoever is cancelled must not let the next write overtake this one.
        await asyncio.shield(asyncio.ensure_future(self._write(self._changes)))

    async def _write(self, change: int) -> None:
        async with self._writing:
            if self._written >= change:
                return
            changes, content = self._changes, msgspec.json.encode(self.saved)
            await asyncio.to_thread(replace, self.path, content)
            self._written = changes


def read(path: Path) -> Saved:
    """What a file says; nothing where there is none. msgspec.MsgspecError where it is another kind of file."""
    with suppress(FileNotFoundError):
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    return Saved()


def replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever finds half of it, and that it is on the disk afterwards."""
    beside = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
