"""The plan of what breaks, as a function of what it is asked for."""

from itertools import pairwise

import pytest

from imsite.proof.plan import LASTS, OF_CLIENTS, WAYS, kinds, plan

ALL = tuple(WAYS)
A_MINUTE = {"seconds": 60, "every": 5}


def test_the_same_seed_gives_the_same_plan():
    assert plan(seed=1, faults=ALL, **A_MINUTE) == plan(seed=1, faults=ALL, **A_MINUTE)
    assert len({tuple(plan(seed=seed, faults=ALL, **A_MINUTE)) for seed in range(20)}) > 15


@pytest.mark.parametrize("seed", range(5))
def test_every_way_comes_once_before_one_comes_again(seed):
    ways = [fault.way for fault in plan(seed=seed, faults=ALL, seconds=1_000, every=5)]
    rounds = [ways[start : start + len(LASTS)] for start in range(0, len(ways) - len(LASTS), len(LASTS))]
    assert len(rounds) > 10
    assert all(sorted(those) == sorted(LASTS) for those in rounds)


def test_only_what_was_asked_for_and_only_what_ends_in_time():
    found = plan(seed=1, faults=["kill", "redis"], seconds=12, every=3)
    assert {fault.way for fault in found} == {"node killed", "Redis killed", "Redis frozen"}
    assert len(found) == 4
    assert all(fault.at + fault.lasts <= 12 for fault in found)
    assert plan(seed=1, faults=ALL, seconds=1, every=5) == plan(seed=1, faults=[], **A_MINUTE) == []


def test_one_is_over_before_the_next_one_begins():
    found = plan(seed=1, faults=ALL, seconds=300, every=5)
    assert [round(later.at - fault.at, 3) for fault, later in pairwise(found)] == [5] * 59
    assert all(fault.lasts < 5 for fault in found)


def test_faults_are_named():
    assert kinds("all") == list(WAYS)
    assert kinds("none") == []
    assert kinds("redis,kill,redis") == ["redis", "kill"]


@pytest.mark.parametrize("text", ["kil", "", "kill,", "kill;redis"])
def test_there_is_no_such_fault(text):
    with pytest.raises(ValueError, match="There is no fault"):
        kinds(text)


def test_processes_of_others_are_not_broken():
    assert kinds("all", among=OF_CLIENTS) == ["slow", "flood"]
    with pytest.raises(ValueError, match=r"`redis` breaks processes .* there are slow and flood\."):
        kinds("slow,redis", among=OF_CLIENTS)
