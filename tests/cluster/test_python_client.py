"""The Python client through `kill -9`: nothing that it was given is lost or doubled, in either direction."""

import asyncio

from imsite.proof.store import Store
from imsite_client import Backoff, Event, FileStore, Socket

PAIRS = 6
MESSAGES = 60  # that each one says
PATIENCE = 120  # seconds, for all of it: nodes start slowly on a busy machine
SOON = Backoff(base=0.1, most=1)


class Talker:
    """Says its messages, and keeps what it hears; its state is in a file, and at half time its process is another."""

    def __init__(self, account, other, nodes, path):
        self.account, self.other = account, other
        self._nodes = [node.url for node in nodes]
        self._path = path
        self.heard: list[str] = []
        self.said = [f"{account.name} {n}" for n in range(MESSAGES)]

    def _socket(self) -> Socket:
        return Socket(self._nodes, self.account.token, store=FileStore(self._path), backoff=SOON, heartbeat=2, linger=0)

    async def talk(self, pause: float) -> None:
        """In two lives: what the first one has not got rid of, the second one has to."""
        half = MESSAGES // 2
        async with self._socket() as socket:
            listening = asyncio.create_task(self._listen(socket))
            await self._say(socket, self.said[:half], pause)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        async with self._socket() as socket:
            listening = asyncio.create_task(self._listen(socket))
            await self._say(socket, self.said[half:], pause)
            await socket.emptied()
            await listening

    async def _say(self, socket: Socket, bodies: list[str], pause: float) -> None:
        for body in bodies:
            await socket.send(body, to=self.other.id)
            await asyncio.sleep(pause)

    async def _listen(self, socket: Socket) -> None:
        events = aiter(socket)
        while len(self.heard) < MESSAGES:
            event = await anext(events)
            assert isinstance(event, Event)
            self.heard.append(event.message.body)
            await socket.handled(event)


async def test_nodes_are_killed_under_clients_with_an_outbox(cluster, some_people, seconds, tmp_path):
    """Lost 0, double 0, in order: by what each heard, and by every row in the database."""
    accounts = some_people(2 * PAIRS)
    nodes = cluster.nodes
    talkers = [
        Talker(account, accounts[n ^ 1], [*nodes[n % 3 :], *nodes[: n % 3]], tmp_path / account.name)
        for n, account in enumerate(accounts)
    ]

    async def kill() -> None:
        for turn in range(max(3, int(seconds))):
            node = nodes[turn % len(nodes)]
            await asyncio.sleep(0.5)
            await asyncio.to_thread(node.kill)
            await asyncio.to_thread(lambda node=node: node.start().wait_ready())

    async with asyncio.timeout(PATIENCE + 4 * seconds):
        await asyncio.gather(kill(), *(talker.talk(pause=seconds / MESSAGES) for talker in talkers))
    for one, other in zip(talkers[::2], talkers[1::2], strict=True):
        assert one.heard == other.said
        assert other.heard == one.said
    store = Store(cluster.postgres.url(), [account.id for account in accounts])
    assert store.wrongs() == []
    assert store.stored() == 2 * PAIRS * MESSAGES
    assert store.unsent() == []
