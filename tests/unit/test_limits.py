"""Limits, with a clock that the test moves."""

from math import inf

import pytest

from chat.limits import BURST, Allowance, Bucket, Flooders, Limit

LARGEST = 1_000


def bucket(rate=10, size=20) -> Bucket:
    return Bucket(rate=rate, size=size, now=100)


def test_what_is_there_is_given_at_once():
    b = bucket()
    assert [b.take(1, 100) for _ in range(20)] == [0] * 20
    assert b.take(1, 100) == pytest.approx(0.1)


def test_it_fills_with_time_and_not_beyond_its_size():
    b = bucket()
    b.take(20, 100)
    assert b.take(5, 100.5) == 0
    assert b.take(1, 100.5) > 0
    assert b.take(20, 1_000) == 0
    assert b.take(1, 1_000) > 0


def test_it_gives_what_the_wait_promised():
    b = bucket()
    b.take(20, 100)
    wait = b.take(4, 100)
    assert wait == pytest.approx(0.4)
    assert b.take(4, 100 + wait * 0.9) > 0
    assert b.take(4, 100 + wait) == 0


def test_whoever_was_refused_and_waits_as_told_is_never_refused_again():
    """Not even a thousand of them: they are told different times."""
    b = bucket()
    b.take(20, 100)
    waits = [b.take(1, 100) for _ in range(1_000)]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(100)
    assert [b.take(1, 100 + wait + 1e-6) for wait in waits] == [0] * 1_000


def test_what_was_promised_long_ago_is_forgotten():
    b = bucket()
    b.take(20, 100)
    for _ in range(100):
        b.take(1, 100)
    b.take(20, 500)
    assert b.take(1, 500) == pytest.approx(0.1)


def test_a_clock_that_stands_still_gives_nothing_twice():
    b = bucket()
    assert sum(b.take(1, 100) == 0 for _ in range(1_000)) == 20


def limit(rate=10) -> Limit:
    return Limit(rate=rate, largest=1, now=0)


def steadily(limit: Limit, per_second: float, seconds: float) -> tuple[int, float]:
    """How many of these were taken, and when it was the end."""
    taken = 0
    for n in range(int(per_second * seconds)):
        now = n / per_second
        wait = limit.take(1, now)
        taken += wait == 0
        if wait == inf:
            return taken, now
    return taken, inf


def test_within_the_rate_there_is_no_end():
    assert steadily(limit(), 10, 1_000) == (10_000, inf)


def test_a_little_too_much_is_refused_for_ever_but_goes_on():
    taken, end = steadily(limit(), 10.5, 1_000)
    assert end == inf
    assert taken == pytest.approx(10_000 + 10 * BURST, rel=0.01)


@pytest.mark.parametrize(("per_second", "ends"), [(20, 21), (100, 2.2), (10_000, 0.02)])
def test_far_too_much_comes_to_an_end_the_sooner_the_more_it_is(per_second, ends):
    taken, end = steadily(limit(), per_second, 1_000)
    assert end == pytest.approx(ends, rel=0.1)
    assert taken <= 10 * BURST + 10 * end + 1


def allowance(frames=10, bytes=100) -> Allowance:
    return Allowance(frames=frames, bytes=bytes, largest=LARGEST, now=0)


def test_frames_and_bytes_are_counted_both():
    a = allowance()
    assert [a.take(0, 0) for _ in range(100)] == [0] * 100
    assert a.take(0, 0) > 0
    a = allowance()
    assert a.take(LARGEST, 0) == 0
    assert a.take(1, 0) == pytest.approx(0.01)


def test_the_largest_frame_fits_whatever_the_rate():
    a = allowance(bytes=1)
    assert a.take(LARGEST, 0) == 0
    wait = a.take(LARGEST, 0)
    assert wait == pytest.approx(LARGEST)
    assert a.take(LARGEST, wait) == 0


def test_bytes_too_come_to_an_end():
    a = allowance(frames=1_000_000, bytes=100)
    assert inf in [a.take(LARGEST, 0) for _ in range(3)]


def empty(now: float) -> Allowance:
    allowance = Allowance(frames=1, bytes=1_000, largest=1_000, now=now)
    for _ in range(10):
        allowance.take(1, now)
    return allowance


def test_who_was_closed_for_a_flood_goes_on_where_it_ended():
    flooders, allowance = Flooders(), empty(100)
    flooders.keep(1, allowance, 100)
    assert flooders.allowance_of(1, 101) is allowance
    assert flooders.allowance_of(2, 101) is None


def test_that_is_forgotten_after_a_minute():
    flooders = Flooders()
    flooders.keep(1, empty(100), 100)
    assert flooders.allowance_of(1, 160) is None
    flooders.keep(2, empty(160), 160)
    assert list(flooders._kept) == [2]
