"""When what was rung may have reached nobody."""

from time import monotonic

from chat import gaps
from chat.gaps import Gaps


def test_failures_in_a_row_are_one_gap_that_the_next_success_ends():
    found = Gaps()
    found.failed(5)
    found.failed(6)
    (gap,) = found.untold()
    assert (gap.began, gap.ended) == (5, None)
    before = monotonic()
    found.worked()
    assert before <= gap.ended <= monotonic()
    found.worked()
    assert found.untold() == [gap]


def test_a_success_alone_is_no_gap():
    found = Gaps()
    found.worked()
    assert found.untold() == []


def test_what_lasts_is_told_again_until_it_has_ended():
    found = Gaps()
    found.failed(5)
    (gap,) = found.untold()
    found.told(gap)
    assert found.untold() == [gap]
    found.worked()
    found.told(gap)
    assert found.untold() == []


def test_without_a_store_the_last_gap_grows_and_none_is_forgotten(monkeypatch):
    monkeypatch.setattr(gaps, "UNTOLD", 3)
    found = Gaps()
    for n in range(10):
        found.failed(n)
        found.worked()
    found.failed(10)
    first, second, last = found.untold()
    assert [first.began, second.began, last.began] == [0, 1, 2]
    assert last.ended is None
