"""What others cause a thousand times is said once a minute."""

import logging

import pytest

from chat import seldom
from chat.seldom import Seldom


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(seldom, "monotonic", lambda: now[0])
    return now


def test_the_first_at_once_and_the_rest_by_their_number(clock, caplog):
    warn = Seldom(logging.getLogger("test"))
    for _ in range(1000):
        warn.warning("Bad: %s", "x")
    assert caplog.messages == ["Bad: x"]
    clock[0] += seldom.EVERY
    warn.warning("Bad: %s", "y")
    assert caplog.messages[1:] == ["Bad: y (and 999 times since the last warning)"]
    clock[0] += seldom.EVERY
    warn.warning("Bad: %s", "z")
    assert caplog.messages[2:] == ["Bad: z"]
