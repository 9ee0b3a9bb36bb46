"""What one sees while it runs."""

import asyncio
import io

import pytest

from imsite.proof import progress
from imsite.proof.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(progress, "REWRITTEN", 0.01)
    monkeypatch.setattr(progress, "WRITTEN", 0.01)
    monkeypatch.setenv("COLUMNS", "20")


async def shown(stream: io.StringIO) -> str:
    pulses = iter(["one", "a line that is much too long"])
    seen = asyncio.Event()

    def pulse() -> str:
        try:
            return next(pulses)
        except StopIteration:
            seen.set()
            return "the end"

    shown = Progress(stream)
    async with shown.of(pulse):
        await seen.wait()
        shown.say("This stays.")
    return stream.getvalue()


async def test_a_terminal_has_one_line_that_is_rewritten():
    text = await shown(Terminal())
    assert text.startswith("\r\x1b[Kone\r\x1b[Ka line that is much\r\x1b[K")
    assert text.endswith("\r\x1b[KThis stays.\n\r\x1b[K")
    assert text.count("\n") == 1


async def test_elsewhere_each_is_a_line():
    text = await shown(io.StringIO())
    assert text.startswith("one\na line that is much too long\n")
    assert text.endswith("This stays.\n")
    assert "\x1b" not in text
