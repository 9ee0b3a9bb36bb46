"""What one sees while it runs: one line that is rewritten on a terminal, otherwise a line every few seconds."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TextIO

REWRITTEN, WRITTEN = 0.2, 5  # seconds from one to the next
CLEAR = "\r\033[K"  # the line that is there


class Progress:
    def __init__(self, stream: TextIO):
        self._stream = stream
        self._rewrites = stream.isatty()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{CLEAR if self._rewrites else ''}{text}\n")

    @asynccontextmanager
    async def of(self, pulse: Callable[[], str]) -> AsyncIterator[None]:
        """Meanwhile, show how it is."""
        showing = asyncio.create_task(self._keep(pulse))
        try:
            yield
        finally:
            showing.cancel()
            if self._rewrites:
                self._write(CLEAR)

    async def _keep(self, pulse: Callable[[], str]) -> None:
        while True:
            await asyncio.sleep(REWRITTEN if self._rewrites else WRITTEN)
            if self._rewrites:
                self._write(CLEAR + pulse()[: shutil.get_terminal_size().columns - 1])
            else:
                self._write(f"{pulse()}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
