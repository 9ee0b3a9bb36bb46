"""All records side by side: what was said, who got it, and what is wrong with that. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from .figures import Figures, count
from .record import Record, Said
from .wrong import DOUBLE, LOST, ORDER, OTHER, STRANGER, Wrong


class Ledger:
    """The records of people, of whom each talks to one other, and of strangers, to whom nobody talks."""

    def __init__(self, records: Sequence[Record], strangers: Sequence[Record] = ()):
        self._records = {record.user_id: record for record in records}
        self._strangers = strangers
        self._known: Counter[int] = Counter()  # how much of what each said was looked at
        self._open: list[tuple[Record, Said]] = []  # of that, what was not everywhere then

    def on_the_way(self) -> list[tuple[Record, Said]]:
        """What was said and is not accepted yet, or not with both. Quick to ask for again and again."""
        for record in self._records.values():
            fresh = islice(record.said.values(), self._known[record.user_id], None)
            self._open += ((record, said) for said in fresh)
            self._known[record.user_id] = len(record.said)
        self._open = [(record, said) for record, said in self._open if self._arrived_at(record, said) is None]
        return [(record, said) for record, said in self._open if not self._given_up(record, said)]

    def missing(self) -> list[Wrong]:
        """What is still to come: answers, and messages to their recipients."""
        found = []
        for record, said in self.on_the_way():
            if said.accepted_at is None and said.refused is None:
                found.append(Wrong(OTHER, f"{record.name} has no answer to {_name(said)}", said.at))
                continue
            for one in (record, self._records[said.to]):
                if said.client_id not in one.got:
                    found.append(Wrong(LOST, f"{one.name} has not got {_name(said)} of {record.name}", said.at))
        return found

    def wrongs(self) -> list[Wrong]:
        """Everything that must not be, once nothing is missing."""
        found = [wrong for record in (*self._records.values(), *self._strangers) for wrong in record.wrongs]
        for record in self._strangers:
            if record.entries or record.heard_of:
                what = f"{record.name}, a stranger, got {record.entries[:3]}, heard of {record.heard_of}"
                found.append(Wrong(STRANGER, what, record.entries[0].at if record.entries else None))
        for record in self._records.values():
            found += self._not_theirs(record)
            found += _out_of_order(record)
            found += _answered_differently(record)
        return [*found, *self._told_differently()]

    def figures(self) -> Figures:
        return count(list(self._records.values()))

    def stored(self) -> int:
        """How many messages the database must have: what was refused is stored only where an earlier attempt was."""
        return sum(
            said.refused is None or said.client_id in record.got
            for record in self._records.values()
            for said in record.said.values()
        )

    def arrivals(self) -> Iterable[tuple[Said, float | None]]:
        """Everything that was said, and when it was accepted and with both; None: it is not."""
        for record in self._records.values():
            for said in record.said.values():
                yield said, self._arrived_at(record, said)

    def late(self, *, since: float, within: float) -> list[Wrong]:
        """What was said since then, and was longer than that on its way after it was accepted.

        How long the store took is not the bell's fault.
        """
        accepted = {
            said.client_id: said.accepted_at
            for record in self._records.values()
            for said in record.said.values()
            if said.at >= since and said.accepted_at is not None
        }
        return [
            Wrong(OTHER, f"{record.name} got {entry.body!r} {entry.at - at:.2f} s after it was accepted", entry.at)
            for record in self._records.values()
            for entry in record.entries
            if (at := accepted.get(entry.client_id)) is not None and entry.at - at > within
        ]

    def _arrived_at(self, record: Record, said: Said) -> float | None:
        times = (said.accepted_at, record.got.get(said.client_id), self._records[said.to].got.get(said.client_id))
        return None if None in times else max(times)

    def _given_up(self, record: Record, said: Said) -> bool:
        """A refused message may have been stored before, by an attempt whose answer was lost; then it is with both."""
        got = said.client_id in record.got, said.client_id in self._records[said.to].got
        return said.refused is not None and said.accepted_at is None and got[0] == got[1]

    def _not_theirs(self, record: Record) -> Iterable[Wrong]:
        """Events that were never said by them or to them, or not with these words; hints of others' conversations."""
        for entry in record.entries:
            sender = record.user_id if entry.sender is None else entry.sender
            said = self._records[sender].said.get(entry.client_id) if sender in self._records else None
            if said is None or record.user_id not in (sender, said.to):
                yield Wrong(STRANGER, f"{record.name} got what is not theirs: {entry}", entry.at)
            elif entry.body not in (None, said.body):
                yield Wrong(OTHER, f"{record.name} got other words than {_name(said)}: {entry}", entry.at)
        strange = record.heard_of - {entry.conversation for entry in record.entries}
        if strange:
            yield Wrong(STRANGER, f"{record.name} heard of the conversations {strange}")

    def _told_differently(self) -> Iterable[Wrong]:
        """Every message has one id, conversation and number, and every pair has one conversation of its own."""
        places, people = defaultdict(set), defaultdict(set)
        for record in self._records.values():
            for entry in record.entries:
                places[entry.client_id].add((entry.message, entry.conversation, entry.number))
                people[entry.conversation].add(record.name)
        for client_id, told in places.items():
            if len(told) > 1:
                yield Wrong(OTHER, f"{client_id} is told as {told}")
        for conversation, names in people.items():
            if len(names) != 2:
                yield Wrong(STRANGER if len(names) > 2 else LOST, f"conversation {conversation} is of {names}")


def _out_of_order(record: Record) -> Iterable[Wrong]:
    """Each message once, and the numbers of each conversation 1, 2, 3 … in the order of the inbox.

    Whose inbox was not empty at the start may have talked before: then the first number is any.
    """
    numbers: dict[int, int] = {}
    seen = set()
    for entry in record.entries:
        if entry.message in seen:
            yield Wrong(DOUBLE, f"{record.name} got message {entry.message} again: {entry}", entry.at)
        seen.add(entry.message)
    for entry in record.entries:
        due = numbers.get(entry.conversation, 0 if record.began == 0 else entry.number - 1) + 1
        if entry.number != due:
            yield Wrong(ORDER, f"{record.name} got number {entry.number} instead of {due}: {entry}", entry.at)
            return
        numbers[entry.conversation] = due


def _answered_differently(record: Record) -> Iterable[Wrong]:
    """However often a message was sent, the answer is one, and it says what the event says."""
    entries = {entry.client_id: entry for entry in record.entries}
    for said in record.said.values():
        answers = {answer[:3] + answer[4:] for answer in said.answers}
        entry = entries.get(said.client_id)
        if entry is not None:
            answers.add((entry.message, entry.conversation, entry.number, entry.seq))
        if len(said.answers) > 1 or len(answers) > 1:
            yield Wrong(OTHER, f"{record.name} was answered differently: {said.answers}, {entry}", said.at)


def _name(said: Said) -> str:
    return f"{said.body!r} ({said.client_id})"
