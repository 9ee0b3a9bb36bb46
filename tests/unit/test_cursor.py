"""What a connection gets next: in order, without holes, once, and no more than it acknowledges."""

import random
from collections.abc import Container

import pytest

from chat.cursor import HELD, Cursor
from messages_store.events import Event


def event(seq: int, client_id: str | None = None) -> Event:
    return Event(seq, "message", "{}", client_id)


def seqs(events: list[Event]) -> list[int]:
    return [event.seq for event in events]


def cursor(start: int = 0, window: int = 1_000, answers: Container[str] = ()) -> Cursor:
    return Cursor(start=start, window=window, answers=answers)


def test_the_next_event_goes_out():
    at = cursor(start=5)
    assert seqs(at.offer(event(6))) == [6]
    assert (at.pushed, at.head, at.behind) == (6, 6, False)


@pytest.mark.parametrize("seq", [1, 4, 5])
def test_what_went_out_or_came_before_the_start_is_dropped(seq):
    at = cursor(start=5)
    assert at.offer(event(seq)) == []
    assert (at.pushed, at.head, at.behind) == (5, 5, False)


def test_an_event_twice_goes_out_once():
    at = cursor()
    assert seqs(at.offer(event(1)) + at.offer(event(1))) == [1]


def test_an_event_that_is_ahead_is_held_until_the_gap_closes():
    at = cursor()
    assert at.offer(event(3)) == []
    assert at.offer(event(2)) == []
    assert (at.pushed, at.head, at.behind) == (0, 3, True)
    assert seqs(at.offer(event(1))) == [1, 2, 3]
    assert not at.behind


def test_what_is_held_twice_goes_out_once():
    at = cursor()
    at.offer(event(2))
    at.offer(event(2))
    assert seqs(at.offer(event(1))) == [1, 2]
    assert at.offer(event(2)) == []


def test_a_gap_closes_as_far_as_it_does():
    at = cursor()
    for seq in (2, 4, 5):
        at.offer(event(seq))
    assert seqs(at.offer(event(1))) == [1, 2]
    assert at.behind
    assert seqs(at.offer(event(3))) == [3, 4, 5]


def test_no_more_is_held_than_the_limit_and_the_rest_is_known_to_be_missing():
    at = cursor()
    ahead = range(2, HELD + 12)
    for seq in ahead:
        at.offer(event(seq))
    assert seqs(at.offer(event(1))) == list(range(1, HELD + 2))
    assert at.behind
    assert at.head == ahead[-1]


def test_what_was_held_and_came_from_the_database_meanwhile_makes_room_for_others():
    at = cursor(window=1)
    for seq in range(3, HELD + 3):
        at.offer(event(seq))  # no more can be held
    for seq in range(1, HELD + 3):
        assert seqs(at.offer(event(seq))) == [seq]
        at.ack(seq)
    assert at.offer(event(HELD + 4)) == []
    assert seqs(at.offer(event(HELD + 3))) == [HELD + 3]
    at.ack(HELD + 3)
    assert seqs(at.offer(event(HELD + 4))) == [HELD + 4]


def test_a_full_window_lets_nothing_out_until_an_ack_opens_it():
    at = cursor(window=2)
    assert seqs(at.offer(event(1)) + at.offer(event(2)) + at.offer(event(3))) == [1, 2]
    assert (at.room, at.behind) == (0, True)
    assert at.ack(1) == 1
    assert at.room == 1
    assert seqs(at.offer(event(3))) == [3]


def test_a_window_that_fills_while_a_gap_closes_keeps_the_rest_for_later():
    at = cursor(window=2)
    at.offer(event(2))
    at.offer(event(3))
    assert seqs(at.offer(event(1))) == [1, 2]
    assert at.behind
    at.ack(2)
    assert seqs(at.offer(event(3))) == [3]


def test_an_ack_is_cumulative():
    at = cursor(window=3)
    for seq in (1, 2, 3):
        at.offer(event(seq))
    assert at.ack(3) == 3
    assert at.room == 3


def test_an_ack_again_or_an_older_one_changes_nothing():
    at = cursor(window=3)
    for seq in (1, 2, 3):
        at.offer(event(seq))
    at.ack(2)
    at.ack(2)
    at.ack(1)
    assert at.room == 2


def test_an_ack_never_counts_beyond_what_was_pushed():
    at = cursor(window=2)
    at.offer(event(1))
    at.offer(event(3))  # held
    assert at.ack(2**53 - 1) == 1
    assert at.room == 2
    assert (at.pushed, at.head) == (1, 3)


def test_answers_need_no_room():
    at = cursor(window=1, answers={"own"})
    assert seqs(at.offer(event(1))) == [1]
    assert at.room == 0
    assert seqs(at.offer(event(2, "own"))) == [2]
    assert at.room == 0
    assert at.offer(event(3)) == []


def test_the_senders_entry_on_another_of_its_devices_is_an_event_like_any_other():
    at = cursor(window=1, answers=set())
    assert seqs(at.offer(event(1, "own"))) == [1]
    assert at.room == 0


def test_an_answer_waits_for_the_events_before_it():
    at = cursor(window=1, answers={"own"})
    assert at.offer(event(2, "own")) == []
    assert seqs(at.offer(event(1))) == [1, 2]


def test_a_note_says_what_is_missing_and_never_takes_it_back():
    at = cursor(start=3)
    at.note(9)
    at.note(4)
    assert (at.pushed, at.head, at.behind) == (3, 9, True)


def test_what_the_database_has_not_is_forgotten():
    at = cursor(start=3)
    at.note(9)
    at.forget()
    assert (at.head, at.behind) == (3, False)


class Device:
    """A connection on a bad network: rings get lost, doubled and mixed up; the database has everything."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.inbox = [
            event(seq, f"own{seq}" if chance.random() < 0.2 else None) for seq in range(1, chance.randint(2, 150))
        ]
        self.start = chance.randint(0, len(self.inbox))
        self.window = chance.choice([1, 2, 5, 64])
        self.answers = {entry.client_id for entry in self.inbox if entry.client_id and chance.random() < 0.7}
        self.cursor = Cursor(start=self.start, window=self.window, answers=self.answers)
        self.got: list[int] = []
        self.unacked: list[int] = []

    def live(self) -> None:
        for entry in self.rings():
            self.take(self.cursor.offer(entry))
            if self.chance.random() < 0.2:
                self.refill()
            if self.chance.random() < 0.3 and self.got:
                self.ack(self.chance.choice(self.got[-3:]))
        self.cursor.note(len(self.inbox))  # the look at the heads
        for _ in self.inbox:
            self.ack(self.cursor.pushed)
            self.refill()
        assert not self.cursor.behind

    def rings(self) -> list[Event]:
        """Most of them, some twice, each a few places off."""
        rung = [entry for entry in self.inbox for _ in range(self.chance.choice([0, 1, 1, 1, 2]))]
        spread = self.chance.choice([0, 3, 100, 1_000])
        return sorted(rung, key=lambda entry: entry.seq + self.chance.uniform(0, spread))

    def refill(self) -> None:
        """One page of what is missing, as the connection reads it."""
        if self.cursor.behind and self.cursor.room > 0:
            after = self.cursor.pushed
            for entry in self.inbox[after : after + min(10, self.cursor.room)]:
                self.take(self.cursor.offer(entry))

    def take(self, events: list[Event]) -> None:
        self.got += seqs(events)
        self.unacked += [entry.seq for entry in events if entry.client_id not in self.answers]
        assert len(self.unacked) <= self.window
        assert self.cursor.room == self.window - len(self.unacked)

    def ack(self, seq: int) -> None:
        self.cursor.ack(seq)
        self.unacked = [waiting for waiting in self.unacked if waiting > seq]


@pytest.mark.parametrize("seed", range(100))
def test_whatever_the_layer_does_each_event_comes_once_in_order_and_within_the_window(seed):
    device = Device(random.Random(seed))
    device.live()
    assert device.got == list(range(device.start + 1, len(device.inbox) + 1))
