"""A queue that is taken in rounds: one from each."""

from chat.turns import Turns


def turns(*items: str) -> Turns:
    queue = Turns()
    for item in items:
        queue.put(item[0], item)
    return queue


def test_one_alone_has_all_turns():
    assert turns("a1", "a2", "a3").take(2) == ["a1", "a2"]


def test_everybody_has_one_turn_in_a_round():
    queue = turns("a1", "a2", "a3", "b1", "b2", "c1")
    assert queue.take(10) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_round_goes_on_where_the_last_one_was_broken_off():
    queue = turns("a1", "a2", "b1", "b2", "c1")
    assert queue.take(2) == ["a1", "b1"]
    queue.put("d", "d1")
    assert queue.take(10) == ["c1", "a2", "b2", "d1"]


def test_it_knows_its_length():
    queue = turns("a1", "a2", "b1")
    assert len(queue) == 3
    queue.take(2)
    assert len(queue) == 1
    assert queue.take(5) == ["a2"]
    assert len(queue) == 0
    assert queue.take(5) == []
