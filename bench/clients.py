"""Protocol version 1 as clients/python speaks it: what bots and services get, beside what a bare wire would."""

import asyncio
import time

from bench.ledger import Ledger
from bench.plan import Plan
from bench.speakers import Ours, Speaker
from imsite_client import Event, Socket

IN_FLIGHT = 64  # in an open loop a message leaves by the clock, whatever came back


class ByClient(Speaker):
    """The client checks every `seq` itself and comes back by itself: what shows here is what got lost or doubled."""

    address, address_of_room = Ours.address, Ours.address_of_room

    def __init__(self, who: int, plan: Plan, ledger: Ledger) -> None:
        super().__init__(who, plan, ledger)
        person = plan.people[who]
        token = person.headers["Authorization"].removeprefix("Token ")
        site = person.url.removesuffix("/ws/v1/")
        options = {"device": f"bench-{who}", "ack_after": plan.ack, "linger": 0, "in_flight": IN_FLIGHT}
        self._socket = Socket(site, token, **options)
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        await self._socket.__aenter__()
        await asyncio.wait_for(self._socket.ready(), 15)
        self._begin(self._listen())

    def close(self) -> None:
        self._begin(self._socket.__aexit__(None))

    def put(self, client_id: str) -> None:
        self._begin(self._send(client_id))

    async def _send(self, client_id: str) -> None:
        sent = await self._socket.send(self.body, client_id=client_id, **self.target)
        accepted = await sent.accepted()
        self.target = {"conversation": accepted.conversation}  # `to` only opens it
        self.accepted(client_id, time.perf_counter())

    async def _listen(self) -> None:
        async for event in self._socket:
            assert isinstance(event, Event)
            self.received(event.message.client_id, time.perf_counter())

    def _begin(self, work) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.ledger.faults[f"the client failed: {error!r}"] += 1
