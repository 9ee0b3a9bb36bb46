"""How a node leaves: nobody is cut off, nothing that was begun is lost, and it is gone in time whatever hangs."""

import asyncio
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from django.conf import settings

from . import listener
from .runtime import Runtime

if TYPE_CHECKING:
    from .server import NodeServer

logger = logging.getLogger(__name__)

LOOK = 0.05  # seconds from one look at who is left to the next
LAST = 1  # seconds of the drain, of a short one a quarter, that are kept for giving back what is the node's


async def leave(server: "NodeServer", node: Runtime) -> None:
    """Not ready, no new sockets; after the grace no new connections; bye; what was begun is finished; gone.

    Bye comes after the port is closed: who comes back is refused at once by this node, and taken by another one.
    """
    node.drain()
    seconds = settings.IM_DRAIN_SECONDS
    last = min(LAST, seconds / 4)
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    end_by_force(after=seconds)
    logger.info("Stopping: no new sockets, at most %g s", seconds)
    try:
        async with asyncio.timeout_at(end - last):
            await asyncio.sleep(settings.IM_DRAIN_GRACE_SECONDS)
            await asyncio.gather(*map(listener.close, server.ports))
            server.last_answers = True
            await asyncio.gather(node.finish(), server.channels.empty(), _until_none(server.sockets))
    except TimeoutError:
        left = len(server.sockets), len(server.channels)
        logger.warning("Stopping with %s sockets and %s requests open: nothing that was accepted is lost", *left)
    finally:
        await node.give_back(within=(end - clock()) / 3)
        server.stop()


async def _until_none(sockets: set) -> None:
    while sockets:  # noqa: ASYNC110 (each leaves by itself when its client has the bye)
        await asyncio.sleep(LOOK)


def end_by_force(*, after: float) -> None:
    """End the process then, should it still be there: a thread that waits for a frozen database cannot be stopped."""
    timer = threading.Timer(after, at_once, [f"{after:g} s are over"], {"code": 1})
    timer.daemon = True
    timer.start()


def at_once(why: str, *, code: int) -> NoReturn:
    """End the process here and now, without waiting for threads."""
    try:
        logger.warning("Stopping at once: %s", why)
        sys.stdout.flush()
    finally:
        os._exit(code)
