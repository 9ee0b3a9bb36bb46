"""What the database knows of a connection, and what has changed since."""

from dataclasses import replace

from .services.connections import Change, Opening


class Entry:
    """A connection's row. `lease` is the node's row that it belongs to, None until it has its place."""

    def __init__(self, opening: Opening):
        self._opening = opening
        self.lease: int | None = None
        self.device: int | None = None  # under which id the trace knows it
        self.idle = opening.idle
        self.seen = False  # the user did something since the last note
        self._noted = opening.cursor, opening.cursor, opening.idle

    @property
    def user_id(self) -> int:
        return self._opening.user_id

    @property
    def was_idle(self) -> bool:
        return self._noted[2]

    def opening(self, *, cursor: int, returning: bool = False) -> Opening:
        """Ask for a place, for the first time or again."""
        return replace(self._opening, cursor=cursor, idle=self.idle, returning=returning)

    def change(self, cursor: int, acked: int) -> Change | None:
        """What is new, or None."""
        if self.lease is None or not (self.seen or (cursor, acked, self.idle) != self._noted):
            return None
        return Change(self._opening.id, cursor, acked, self.idle, self.seen)

    def noted(self, change: Change) -> None:
        """This is written."""
        self._noted = change.cursor, change.acked, change.idle
        self.seen = False
