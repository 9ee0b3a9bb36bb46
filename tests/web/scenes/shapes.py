"""How a scene is written down. Times are local: "14:05" is today, "-1 16:42" yesterday."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

TODAY = date(2026, 3, 12)  # a Thursday


@dataclass(frozen=True)
class Person:
    """`face` names a picture of `pictures.FACES`. `here`: connected by these devices now; `until` when otherwise."""

    username: str
    name: str
    face: str = ""
    here: Sequence[str] = ()
    away: bool = False
    until: str = ""
    kind: str = "user"


@dataclass(frozen=True)
class Say:
    """What `who` said. `read`: "bob 14:05, emma 14:06": they had read up to here then. `answers`: the key of another.

    `files` are names of `pictures.FILES`, each with the name that its sender gave it.
    """

    who: str
    at: str
    words: str = ""
    key: str = ""
    answers: str = ""
    read: str = ""
    files: Mapping[str, str] | None = None
    edited: tuple[str, str] | None = None  # when, and what it says since
    recalled: str = ""  # when

    @property
    def within_the_minute(self) -> timedelta:
        """Nobody writes when the minute is full."""
        return timedelta(milliseconds=crc32(f"{self.who} {self.at} {self.words}".encode()) % 50_000)


@dataclass(frozen=True)
class Talk:
    """A conversation. With a title it is a group, made by the first of `people` at `made`; `joined`: who and when."""

    people: Sequence[str]
    said: Sequence[Say]
    title: str = ""
    made: str = ""
    joined: Mapping[str, str] | None = None
    admins: Sequence[str] = ()
    pinned: bool = False  # by the visitor, like the next
    muted: bool = False


@dataclass(frozen=True)
class Notice:
    at: str
    level: str
    title: str
    words: str
    url: str = ""
    read: bool = False


@dataclass(frozen=True)
class Scene:
    """`words` are what a screen types, by its purpose. `now` is when the pictures are taken."""

    language: str
    zone: str
    people: Mapping[str, Person]
    talks: Mapping[str, Talk]
    notices: Sequence[Notice]
    words: Mapping[str, str]
    now: str = "14:20"

    def moment(self, when: str) -> datetime:
        """ "14:05" or "-1 16:42" as a moment."""
        *days, clock = when.split()
        day = TODAY + timedelta(days=int(days[0]) if days else 0)
        return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(self.zone))
