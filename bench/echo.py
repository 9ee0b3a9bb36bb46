"""The least that a server can do: answers in the textbook's language from memory. It shows the generator's own ceiling.

`python -m bench.echo --port 9000`
"""

import argparse
import asyncio
import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import msgspec

from bench.wire import GUID

users: dict[int, asyncio.Transport] = {}


class Echo(asyncio.Protocol):
    """Takes only what bench.wire sends: small text frames with a zero mask."""

    def __init__(self) -> None:
        self._rest, self._open = b"", False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._open:
            data = self._upgrade(data)
        at = 0
        while len(data) - at >= 6:
            length, start = data[at + 1] & 0x7F, at + 6
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
            if start + length > len(data):
                break
            if data[at] == 0x81:
                self._answer(data[start : start + length])
            at = start + length
        self._rest = data[at:]

    def _upgrade(self, data: bytes) -> bytes:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        users[int(parse_qs(urlsplit(lines[0].split(" ")[1]).query)["user"][0])] = self._transport
        digest = hashlib.sha1(headers["Sec-WebSocket-Key"].encode() + GUID, usedforsecurity=False).digest()
        accept = base64.b64encode(digest).decode()
        self._transport.write(f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        self._open = True
        return rest

    def _answer(self, payload: bytes) -> None:
        frame = msgspec.json.decode(payload)
        self._transport.write(_frame({"type": "accepted", "client_id": frame["client_id"]}))
        to = [users[frame["to"]]] if "to" in frame else list(users.values())
        message = _frame({"type": "message", "client_id": frame["client_id"], "body": frame["body"]})
        for transport in to:
            transport.write(message)


def _frame(value: dict) -> bytes:
    payload = msgspec.json.encode(value)
    size = bytes((len(payload),)) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
    return b"\x81" + size + payload


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
