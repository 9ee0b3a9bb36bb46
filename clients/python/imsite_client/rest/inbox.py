"""The events by polling, with the cursor that the sockets have too."""

from collections.abc import Iterator

from ..errors import Conflict
from ..records import Acked, Event, InboxPage
from .transport import Transport


class Inbox:
    def __init__(self, transport: Transport):
        self._transport = transport

    def page(self, *, after: int | None = None, limit: int = 100) -> InboxPage:
        """Without `after`: what comes after the last that was acknowledged. `limit=0`: the epoch and the head alone."""
        return self._transport.get("inbox", InboxPage, after=after, limit=limit)

    def ack(self, seq: int, *, epoch: str | None = None) -> Acked:
        """Everything up to `seq` was handled. In another epoch than this one it is a Conflict."""
        body = {"seq": seq, "epoch": epoch}
        return self._transport.call("POST", "inbox/ack", Acked, body=body, repeatable=True)

    def each(self, *, limit: int = 100) -> Iterator[Event]:
        """What was not acknowledged yet, to the end, which is acknowledged page by page as you ask for the next one.

        An event whose handling raised, or after which you stopped, comes again. Conflict where entries are missing
        that were deleted for their age: fetch the state, then `ack(page(limit=0).head)`.
        """
        while True:
            page = self.page(limit=limit)
            if page.resync:
                raise Conflict("The inbox does not go back that far: fetch the state, go on from its head.")
            handled = 0
            try:
                for event in page.results:
                    yield event
                    handled = event.seq
            finally:
                if handled:
                    self.ack(handled, epoch=page.epoch)
            if handled == page.head or not page.results:
                return
