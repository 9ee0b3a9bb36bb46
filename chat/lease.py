"""The node's lease: its row in the database, taken when it is first needed and again when somebody swept it."""

import asyncio
import logging
from contextlib import suppress

from django.conf import settings

from .database import Threads, Unavailable
from .services import nodes

logger = logging.getLogger(__name__)


class Lease:
    """Which row stands for this process. `id` changes when it was swept and is taken anew."""

    def __init__(self, *, name: str, address: str, threads: Threads):
        self.id: int | None = None
        self._name = name
        self._address = address
        self._threads = threads
        self._taking = asyncio.Lock()

    async def hold(self) -> int:
        """The row's id; registers the node where it has none."""
        async with self._taking:
            if self.id is None:
                version = settings.VERSION
                self.id = await self._threads.run(
                    nodes.register, name=self._name, address=self._address, version=version
                )
                logger.info("Node %s holds lease %s", self._name, self.id)
        return self.id

    def lose(self, id: int) -> None:
        """This row is gone: somebody took us for dead."""
        if self.id == id:
            self.id = None
            logger.warning("The lease %s of node %s was swept while it was alive", id, self._name)

    async def drain(self) -> None:
        """Tell that this node is stopping."""
        if self.id is not None:
            with suppress(Unavailable):
                await self._threads.run(nodes.drain, node_id=self.id)

    async def leave(self) -> set[int]:
        """Give it back; whose connections were still in it."""
        async with self._taking:
            id, self.id = self.id, None
        return await self._threads.run(nodes.leave, node_id=id) if id is not None else set()
