"""Closing a listening socket so that nobody's request is lost with it.

The kernel finishes handshakes by itself and queues the connections. Whoever is in that queue, or in the middle of a
handshake, when the socket is closed has perhaps sent a request already, and gets a reset for an answer. So newcomers
are turned away first, then all who were let in are taken, and then it is closed.
"""

import asyncio
import ctypes
import logging
import select
import socket
import struct
import sys

from twisted.internet.tcp import Port

logger = logging.getLogger(__name__)

HANDSHAKE = 0.2  # seconds that a handshake which has begun may take to end: a long way there and back
SO_ATTACH_FILTER = 26  # of Linux; Python has no name for it

# Classic BPF over the TCP header. Each instruction: code, jump if true, jump if false, operand.
FLAGS, SYN = 13, 0x02
NO_NEWCOMERS = (
    (0x30, 0, 0, FLAGS),  # load the byte with the flags
    (0x45, 0, 1, SYN),  # a SYN? Else skip one
    (0x06, 0, 0, 0),  # drop it: the client asks again after a second, and is refused then
    (0x06, 0, 0, 0xFFFF_FFFF),  # everything else passes
)


async def close(port: Port) -> None:
    """Close it; returns when it is closed and all that had come were taken."""
    turn_away(port.socket)
    await asyncio.sleep(HANDSHAKE)
    while _somebody_waits(port.socket):
        port.doRead()
    await port.stopListening().asFuture(asyncio.get_running_loop())


def turn_away(listening: socket.socket) -> None:
    """Let nobody begin a handshake any more. Where the system cannot, who comes in the last millisecond is unlucky."""
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in NO_NEWCOMERS))
    try:
        program = struct.pack("HP", len(NO_NEWCOMERS), ctypes.addressof(code))
        listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    except OSError as error:
        logger.warning("Newcomers cannot be turned away before the port is closed: %s", error)


def _somebody_waits(listening: socket.socket) -> bool:
    queue = select.poll()
    queue.register(listening, select.POLLIN)
    return bool(queue.poll(0))
