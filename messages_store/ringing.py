"""Ringing from plain code (views, commands, a caller's own transaction): after its commit, and never in its way.

Who rings is for whoever runs the process to say: `install` takes a `Ringer`. Without one nothing
is rung, and the nodes find what is new when they look at the heads.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from django.db import transaction

from .events import Event, profile

if TYPE_CHECKING:
    from .models import User


class Ringer(Protocol):
    """Takes rings from any thread at once, and rings soon. Nobody waits for it, and it raises nothing."""

    def ring(self, events: Mapping[int, Sequence[Event]]) -> None: ...

    def hint(self, frames: Mapping[int, Sequence[str]]) -> None: ...

    def profile(self, frames: Mapping[int, str]) -> None: ...


_installed: list[Ringer] = []


def install(ringer: Ringer) -> None:
    """From now on this one rings for the process."""
    _installed[:] = [ringer]


def ring_after_commit(events: Mapping[int, Sequence[Event]]) -> None:
    """Ring at each recipient once the transaction around this is committed, or now where there is none."""
    if events and _installed:
        transaction.on_commit(partial(_installed[0].ring, events), robust=True)


def hint_after_commit(frames: Mapping[int, Sequence[str]]) -> None:
    """The same for frames that are not stored."""
    if frames and _installed:
        transaction.on_commit(partial(_installed[0].hint, frames), robust=True)


def profile_after_commit(user: "User") -> None:
    """Tell those who see this user how they are shown from then on: their name, their picture.

    Both are read anew then, into `user` too: a request that took long has those of its beginning.
    """
    if _installed:
        transaction.on_commit(partial(_tell_profile, _installed[0], user), robust=True)


def _tell_profile(ringer: Ringer, user: "User") -> None:
    user.refresh_from_db(fields=["username", "first_name", "last_name", "display_name", "avatar"])
    ringer.profile({user.pk: profile(user)})
