"""How much one connection may send: so much at once, and so much a second. Pure; whoever asks brings the time."""

from math import inf

BURST = 10  # seconds' worth that may come at once
REMEMBERED = 60  # seconds for which who was closed for a flood does not begin anew
LEAST_WAIT = 0.001  # seconds; 0 would mean that it was given
FORGIVING = 0.1  # of what may be sent, so much may be refused for ever without an end


class Bucket:
    """Fills by `rate` a second up to `size`, and gives while there is something in it."""

    __slots__ = ("_at", "_level", "_rate", "_size", "_told")

    def __init__(self, *, rate: float, size: float, now: float):
        self._rate = rate
        self._size = self._level = size
        self._at = self._told = now

    def take(self, amount: float, now: float) -> float:
        """0 and the amount is taken; or the seconds after which it will be there, behind what was told so before.

        So everything that was refused finds its turn, instead of all coming back for the same drop.
        """
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        if amount <= self._level:
            self._level -= amount
            return 0.0
        self._told = max(self._told, now - self._level / self._rate) + amount / self._rate
        return max(self._told - now, LEAST_WAIT)


class Limit:
    """A bucket, and patience with who goes on when it is empty."""

    __slots__ = ("_bucket", "_patience")

    def __init__(self, *, rate: float, largest: float, now: float):
        size = max(rate * BURST, largest)
        self._bucket = Bucket(rate=rate, size=size, now=now)
        self._patience = Bucket(rate=rate * FORGIVING, size=size, now=now)

    def take(self, amount: float, now: float) -> float:
        """0: taken. Else the seconds to wait; `inf` when it has been too much for too long."""
        wait = self._bucket.take(amount, now)
        return inf if wait and self._patience.take(amount, now) else wait


class Allowance:
    """What one connection may send."""

    __slots__ = ("_bytes", "_frames")

    def __init__(self, *, frames: float, bytes: float, largest: int, now: float):
        """Frames and bytes a second; `largest` in bytes is a frame that must fit at any rate."""
        self._frames = Limit(rate=frames, largest=1, now=now)
        self._bytes = Limit(rate=bytes, largest=largest, now=now)

    def take(self, size: int, now: float) -> float:
        """Whether a frame of this size may come now: 0, the seconds to wait, or `inf`: never, this is the end."""
        return self._frames.take(1, now) or self._bytes.take(size, now)


class Flooders:
    """What users may still send who were closed for a flood. Whoever comes back goes on where it ended."""

    def __init__(self):
        self._kept: dict[int, tuple[float, Allowance]] = {}

    def keep(self, user_id: int, allowance: Allowance, now: float) -> None:
        self._kept = {user: kept for user, kept in self._kept.items() if now - kept[0] < REMEMBERED}
        self._kept[user_id] = now, allowance

    def allowance_of(self, user_id: int, now: float) -> Allowance | None:
        """None for who was not closed lately: that one has a full allowance."""
        at, allowance = self._kept.get(user_id, (0.0, None))
        return allowance if now - at < REMEMBERED else None
