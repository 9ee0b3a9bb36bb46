"""The pulse of a node, without a store."""

import asyncio
from types import SimpleNamespace

import pytest

from chat import beat
from chat.beat import Beat
from chat.database import Unavailable
from chat.entry import Entry
from chat.registrar import Registrar
from chat.services.connections import Opening


class Lease:
    id = 1

    async def hold(self) -> int:
        return self.id


class Away:
    """Threads whose store is away."""

    def __init__(self):
        self.asked = 0

    async def run(self, service, **_):
        self.asked += 1
        await asyncio.sleep(0)
        raise Unavailable


class Connection:
    """One that was written under another lease."""

    ended, cursor = False, 0

    def __init__(self, id: str):
        self.entry = Entry(opening(id))
        self.entry.lease = 0


def opening(id: str) -> Opening:
    return Opening(id=id, user_id=1, user_kind="user")


def a_beat(**parts) -> Beat:
    needed = ("threads", "lease", "registrar", "here", "counters", "tell_presence", "look_again")
    return Beat(**(dict.fromkeys(needed) | parts))


def test_a_machine_that_has_just_started_counts_no_silence_before_it(monkeypatch, settings):
    """The monotonic clock of Linux begins with the machine: a node may start in its first second."""
    clock = SimpleNamespace(now=1.0)
    monkeypatch.setattr(beat, "time", SimpleNamespace(monotonic=lambda: clock.now))
    pulse = a_beat()
    for _ in range(4):
        assert not pulse.is_steady
        pulse._beaten(clock.now)
        clock.now += settings.IM_BEAT_SECONDS / 2
    assert pulse.is_steady


@pytest.fixture
async def registrar():
    made = Registrar(threads=Away(), bells=None, lease=Lease())
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()


async def test_nobody_stands_in_line_for_a_store_that_is_away(registrar, settings):
    openings = [opening(str(n)) for n in range(settings.IM_BATCH * 5)]
    outcomes = await asyncio.gather(*map(registrar.open, openings), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert registrar._threads.asked == 1


async def test_who_is_to_be_brought_back_waits_once_at_a_time(registrar, monkeypatch):
    """Else the next beat would ask for the same ones again, and those who asked before would wait for ever."""
    answers = [asyncio.get_running_loop().create_future() for _ in range(2)]
    waiting = iter(answers)
    monkeypatch.setattr(registrar, "open", lambda _: next(waiting))
    strays = [Connection("a"), Connection("b")]
    bringing = asyncio.create_task(a_beat(lease=Lease(), registrar=registrar, here=lambda: strays)._bring_back())
    await asyncio.sleep(0)
    answers[0].set_exception(Unavailable())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not bringing.done()
    answers[1].set_exception(Unavailable())
    with pytest.raises(Unavailable):
        await bringing
