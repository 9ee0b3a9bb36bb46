"""Which connections a user may have at a time: who is replaced by a newcomer, and who is refused. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Seat(NamedTuple):
    """A connection that holds a place, or asks for one."""

    id: str
    device_id: str
    device_kind: str


class Verdict(NamedTuple):
    """Whose place the newcomer takes, by connection id; or that it gets none."""

    replaces: tuple[str, ...] = ()
    refused: bool = False


Policy = Callable[[Seat, Sequence[Seat]], Verdict]


def unlimited(newcomer: Seat, present: Sequence[Seat]) -> Verdict:
    """Any number, also of one device."""
    return Verdict()


def one_per_device_kind(newcomer: Seat, present: Sequence[Seat]) -> Verdict:
    """Phone and desktop together; of two phones, the newer one."""
    same = (seat for seat in present if seat.device_kind == newcomer.device_kind or _is_same(seat, newcomer))
    return Verdict(tuple(seat.id for seat in same))


def newest_only(newcomer: Seat, present: Sequence[Seat]) -> Verdict:
    """One, the newest."""
    return Verdict(tuple(seat.id for seat in present))


def refuse_new(newcomer: Seat, present: Sequence[Seat]) -> Verdict:
    """One, the first; but a device that comes again takes its own place."""
    own = tuple(seat.id for seat in present if _is_same(seat, newcomer))
    return Verdict(own) if len(own) == len(present) else Verdict(refused=True)


def _is_same(seat: Seat, newcomer: Seat) -> bool:
    """Whether it is the same device, coming again. One that does not tell its id is like no other."""
    return bool(newcomer.device_id) and seat.device_id == newcomer.device_id


POLICIES: dict[str, Policy] = {
    policy.__name__: policy for policy in (unlimited, one_per_device_kind, newest_only, refuse_new)
}
