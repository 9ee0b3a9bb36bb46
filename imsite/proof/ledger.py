"""All records side by side: what was said, who got it, and what is wrong with that. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from .figures import Figures, count
from .record import Record, Said


class Ledger:
    """The records of people, of whom each talks to one other, and of strangers, to whom nobody talks."""

    def __init__(self, records: Sequence[Record], strangers: Sequence[Record] = ()):
        self._records = {record.user_id: record for record in records}
        self._strangers = strangers

    def missing(self) -> list[str]:
        """What is still to come: answers, and messages to their recipients."""
        got = {user_id: {entry.client_id for entry in record.entries} for user_id, record in self._records.items()}
        found = []
        for record in self._records.values():
            for said in record.said.values():
                if said.accepted_at is None:
                    found.append(f"{record.name} has no answer to {_name(said)}")
                for user_id in (record.user_id, said.to):
                    if said.client_id not in got[user_id]:
                        found.append(f"{self._records[user_id].name} has not got {_name(said)} of {record.name}")
        return found

    def wrongs(self) -> list[str]:
        """Everything that must not be, once nothing is missing."""
        found = [wrong for record in (*self._records.values(), *self._strangers) for wrong in record.wrongs]
        for record in self._strangers:
            if record.entries or record.heard_of:
                found.append(f"{record.name}, a stranger, got {record.entries[:3]}, heard of {record.heard_of}")
        for record in self._records.values():
            found += self._not_theirs(record)
            found += _out_of_order(record)
            found += _answered_differently(record)
        return [*found, *self._told_differently()]

    def figures(self) -> Figures:
        return count(list(self._records.values()))

    def late(self, *, since: float, within: float) -> list[str]:
        """What was said since then and was longer than that on its way."""
        said = {said.client_id: said for record in self._records.values() for said in record.said.values()}
        return [
            f"{record.name} got {entry.body!r} after {entry.at - said[entry.client_id].at:.2f} s"
            for record in self._records.values()
            for entry in record.entries
            if (fresh := said.get(entry.client_id)) and fresh.at >= since and entry.at - fresh.at > within
        ]

    def _not_theirs(self, record: Record) -> Iterable[str]:
        """Events that were never said by them or to them, or not with these words; hints of others' conversations."""
        for entry in record.entries:
            sender = record.user_id if entry.sender is None else entry.sender
            said = self._records[sender].said.get(entry.client_id) if sender in self._records else None
            if said is None or record.user_id not in (sender, said.to):
                yield f"{record.name} got what is not theirs: {entry}"
            elif entry.body not in (None, said.body):
                yield f"{record.name} got other words than {_name(said)}: {entry}"
        strange = record.heard_of - {entry.conversation for entry in record.entries}
        if strange:
            yield f"{record.name} heard of the conversations {strange}"

    def _told_differently(self) -> Iterable[str]:
        """Every message has one id, conversation and number, and every pair has one conversation of its own."""
        places, people = defaultdict(set), defaultdict(set)
        for record in self._records.values():
            for entry in record.entries:
                places[entry.client_id].add((entry.message, entry.conversation, entry.number))
                people[entry.conversation].add(record.name)
        for client_id, told in places.items():
            if len(told) > 1:
                yield f"{client_id} is told as {told}"
        for conversation, names in people.items():
            if len(names) != 2:
                yield f"conversation {conversation} is of {names}"


def _out_of_order(record: Record) -> Iterable[str]:
    """Each message once, and the numbers of each conversation 1, 2, 3 … in the order of the inbox."""
    numbers = defaultdict(int)
    for message, times in Counter(entry.message for entry in record.entries).items():
        if times > 1:
            yield f"{record.name} got message {message} {times} times"
    for entry in record.entries:
        numbers[entry.conversation] += 1
        if entry.number != numbers[entry.conversation]:
            yield f"{record.name} got number {entry.number} instead of {numbers[entry.conversation]}: {entry}"
            return


def _answered_differently(record: Record) -> Iterable[str]:
    """However often a message was sent, the answer is one, and it says what the event says."""
    entries = {entry.client_id: entry for entry in record.entries}
    for said in record.said.values():
        answers = {answer[:3] + answer[4:] for answer in said.answers}
        entry = entries.get(said.client_id)
        if entry is not None:
            answers.add((entry.message, entry.conversation, entry.number, entry.seq))
        if len(said.answers) > 1 or len(answers) > 1:
            yield f"{record.name} was answered differently: {said.answers}, {entry}"


def _name(said: Said) -> str:
    return f"{said.body!r} ({said.client_id})"
