"""What a client sends: read frame by frame, and counted."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from random import uniform
from time import monotonic

from django.conf import settings

from messages_store.errors import ChatError, RateLimited

from . import protocol
from .limits import Allowance
from .protocol import Close


class Gone(Exception):
    """The client closed the socket."""


class Refused(Exception):
    """The connection cannot go on: close code and reason."""

    def __init__(self, code: int, reason: str, *, reconnect_after: float | None = None):
        super().__init__(reason)
        self.code = code
        self.reconnect_after = reconnect_after


class Rejected(protocol.Unusable):
    """A frame that this connection may not send, or not now."""

    def __init__(self, frame: protocol.AnyFrame | None, error: ChatError):
        message_id = frame.message if isinstance(frame, protocol.Edit | protocol.Recall) else None
        super().__init__("", getattr(frame, "client_id", None), message_id)
        self.error = error


class Incoming:
    """The frames of one socket, within what it may send."""

    __slots__ = ("_receive", "allowance")

    def __init__(self, receive: Callable[[], Awaitable[dict]]):
        self._receive = receive
        self.allowance = Allowance(
            frames=settings.IM_FRAMES_PER_SECOND,
            bytes=settings.IM_BYTES_PER_SECOND,
            largest=settings.IM_FRAME_BYTES,
            now=monotonic(),
        )

    async def frame(self, is_free: Callable[[protocol.AnyFrame], bool] = lambda _: False) -> protocol.AnyFrame:
        """The next one. It counts for what the connection may send, unless it is free.

        Raises Gone; Malformed and Refused, which end the connection; Unusable, which is answered.
        """
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        text = message.get("text")
        try:
            frame = protocol.parse(text, at_most=settings.IM_FRAME_BYTES)
        except protocol.Unusable:
            with suppress(Rejected):  # it would not be understood later either
                self._count(text, None)
            raise
        if not is_free(frame):
            self._count(text, frame)
        return frame

    def _count(self, text: str | None, frame: protocol.AnyFrame | None) -> None:
        wait = self.allowance.take(protocol.size(text), monotonic())
        if wait == inf:
            raise Refused(Close.RATE_EXCEEDED, "Too much for too long.", reconnect_after=uniform(20, 40))  # noqa: S311
        if wait:
            raise Rejected(frame, RateLimited(retry_after=round(wait, 3)))
