"""WebSocket frames as a cheap client needs them (RFC 6455). Pure: bytes in, frames out.

The masking key is zero, which the RFC's wire format allows and which leaves the payload as it is: masking 60 bytes in
Python would cost the generator more than everything else that it does for a message.
"""

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_FINAL, _MASKED, _NO_KEY = 0x80, 0x80, bytes(4)


class FrameError(Exception):
    """The server sent something that this client does not take."""


def build(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unfragmented frame from client to server."""
    length = len(payload)
    if length < 126:
        return bytes((_FINAL | opcode, _MASKED | length)) + _NO_KEY + payload
    if length < 65536:
        return bytes((_FINAL | opcode, _MASKED | 126)) + length.to_bytes(2, "big") + _NO_KEY + payload
    return bytes((_FINAL | opcode, _MASKED | 127)) + length.to_bytes(8, "big") + _NO_KEY + payload


class Parser:
    """What the server wrote, cut into frames: (opcode, payload). Takes no fragments and no extensions."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames that `data` completes; what is left over waits for the next call."""
        if self._rest:
            data = self._rest + data
        frames, at = [], 0
        while (bounds := _bounds(data, at)) is not None:
            start, end = bounds
            first = data[at]
            if first & 0xF0 != _FINAL or not first & 0x0F:
                raise FrameError(f"a frame that begins with {first:#x} is a fragment or uses an extension")
            frames.append((first & 0x0F, data[start:end]))
            at = end
        self._rest = data[at:]
        return frames


def _bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `at` starts and ends; None while it is incomplete."""
    have = len(data) - at
    if have < 2:
        return None
    length, start = data[at + 1], at + 2
    if length & _MASKED:
        raise FrameError("a server must not mask")
    if length > 125:
        start += 2 if length == 126 else 8
        if len(data) < start:
            return None
        length = int.from_bytes(data[at + 2 : start], "big")
    end = start + length
    return (start, end) if end <= len(data) else None
