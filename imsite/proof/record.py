"""What one person said and was told, and what was wrong with it. Pure: frames in, wrongs out.

Times are seconds of one monotonic clock.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from .wrong import DOUBLE, LOST, ORDER, OTHER, STRANGER, Wrong

MESSAGE, ACCEPTED = "message", "accepted"
TOLD = (MESSAGE, ACCEPTED, "edited", "recalled")  # the frames that have a seq
HINTS = ("marks", "typing", "presence")
BROKEN = 1006  # instead of a close code: the connection broke
SILENT = 0  # instead of one: nothing came for too long, and the client left


@dataclass(slots=True)
class Said:
    """A message that somebody sends, until the server has answered."""

    client_id: str
    to: int
    body: str
    at: float
    accepted_at: float | None = None
    refused: str | None = None  # the code of the error after which it was given up
    answers: set[tuple] = field(default_factory=set)  # message, conversation, number, created_at, seq
    asked_at: float | None = None  # when it was sent, until there is an answer
    waited: float = 0  # the longest that an answer took, be it `accepted` or `busy`

    def answered(self, at: float) -> None:
        """There is an answer."""
        if self.asked_at is not None:
            self.waited, self.asked_at = max(self.waited, at - self.asked_at), None


class Entry(NamedTuple):
    """One entry of an inbox, as it came by an event, or by the answer that stands for it."""

    seq: int
    message: int
    conversation: int
    number: int
    client_id: str
    sender: int | None
    body: str | None
    at: float


@dataclass(slots=True)
class Visit:
    """One connection: where, and when and how it ended."""

    node: str
    code: int | None = None  # None while it is open; or BROKEN, or SILENT
    ended: float | None = None


class Record:
    """The truth that a person would swear to.

    `cursor` is the last seq seen; None before the first welcome. It survives connections: what comes on the next one
    goes on behind it, without a hole and without a repetition.
    """

    def __init__(self, name: str, user_id: int):
        self.name = name
        self.user_id = user_id
        self.epoch: str | None = None
        self.cursor: int | None = None
        self.said: dict[str, Said] = {}
        self.entries: list[Entry] = []
        self.got: dict[str, float] = {}  # client_id → when it came first
        self.began: int | None = None  # the cursor that the first connection began with
        self.visits: list[Visit] = []
        self.heard_of: set[int] = set()  # conversations that hints named
        self.busy = self.accepted = self.received = 0  # received: of what others said
        self.wrongs: list[Wrong] = []

    @property
    def waiting(self) -> list[Said]:
        """The outbox: what was said and neither accepted nor given up, in the order in which it was said."""
        return [said for said in self.said.values() if said.accepted_at is None and said.refused is None]

    def wrong(self, what: str, kind: str = OTHER, at: float | None = None) -> None:
        node = self.visits[-1].node if self.visits else "no node"
        place = f"{self.name} at {node}, connection {len(self.visits)}, cursor {self.cursor}"
        self.wrongs.append(Wrong(kind, f"{place}: {what}", at))

    def welcomed(self, frame: dict, at: float | None = None) -> None:
        self.visits.append(Visit(frame["node"]))
        if frame.get("resync"):
            self.wrong("resync, though nothing was pruned", LOST, at)
        if self.epoch not in (None, frame["epoch"]):
            self.wrong(f"the epoch went from {self.epoch} to {frame['epoch']}", OTHER, at)
        if self.cursor not in (None, frame["from"]):
            self.wrong(f"events from {frame['from']}", LOST if frame["from"] > self.cursor else DOUBLE, at)
        self.epoch, self.cursor = frame["epoch"], frame["from"]
        if self.began is None:
            self.began = self.cursor

    def told(self, frame: dict, at: float) -> None:
        """A frame with a seq: the next one, or an answer that was given before."""
        entry = _entry(frame, at)
        if frame["type"] == ACCEPTED:
            self._answered(entry, frame["created_at"])
        if entry.seq == self.cursor + 1:
            self.cursor = entry.seq
            self.entries.append(entry)
            self.got.setdefault(entry.client_id, at)
            self.received += entry.sender not in (None, self.user_id)
        elif entry.seq > self.cursor + 1:
            self.wrong(f"{frame['type']} {entry.seq} leaves a hole", ORDER, at)
        elif frame["type"] != ACCEPTED:
            self.wrong(f"{frame['type']} {entry.seq} came again", DOUBLE, at)

    def _answered(self, entry: Entry, created_at: str) -> None:
        said = self.said.get(entry.client_id)
        if said is None:
            self.wrong(f"accepted {entry.client_id}, which was never sent", OTHER, entry.at)
            return
        said.answered(entry.at)
        said.answers.add((entry.message, entry.conversation, entry.number, created_at, entry.seq))
        if said.accepted_at is None:
            said.accepted_at = entry.at
            self.accepted += 1

    def hinted(self, frame: dict, at: float | None = None) -> None:
        if "conversation" in frame:
            self.heard_of.add(frame["conversation"])
        else:
            self.wrong(f"{frame['type']} of user {frame.get('user')}, whom nobody asked about", STRANGER, at)

    def closed(self, code: int, bye: int | None, at: float | None = None) -> None:
        """The connection ended: by a close frame, before which `bye` was said, or without one."""
        if self.visits and self.visits[-1].code is None:
            self.visits[-1].code, self.visits[-1].ended = code, at
        if code in (BROKEN, SILENT):
            return
        if not 4000 <= code < 4500:
            self.wrong(f"closed with {code}", OTHER, at)
        elif bye != code:
            self.wrong(f"closed with {code}, and the bye said {bye}", OTHER, at)


def _entry(frame: dict, at: float) -> Entry:
    if frame["type"] == ACCEPTED:
        place = frame["message"], frame["conversation"], frame["number"], frame["client_id"]
        return Entry(frame["seq"], *place, None, None, at)
    message = frame["message"]
    place = message["id"], message["conversation"], message["number"], message["client_id"]
    return Entry(frame["seq"], *place, message["sender"], message["body"], at)
