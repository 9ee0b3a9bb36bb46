"""The link to Redis, against servers that hang, close, talk nonsense or refuse."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

import hiredis
import pytest

from chat.layers import Shard
from chat.redis_link import RedisLink

PATIENCE = 30
Behaviour = Callable[["Visit"], Awaitable[None]]


class Visit:
    """One connection to the fake server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self._parser = hiredis.Reader()

    async def command(self) -> list[bytes]:
        """The next command; EOFError when the client has gone."""
        while (command := self._parser.gets()) is False:
            data = await self._reader.read(65_536)
            if not data:
                raise EOFError
            self._parser.feed(data)
        return command

    def say(self, data: bytes) -> None:
        self._writer.write(data)

    async def gone(self) -> None:
        """Until the client has closed the connection."""
        while await self._reader.read(65_536):
            pass

    async def answer_all(self) -> list[list[bytes]]:
        """Answer as Redis does, until the client goes; what it asked."""
        asked = []
        try:
            while True:
                asked.append(command := await self.command())
                self.say(reply_to(command))
        except (EOFError, ConnectionError):
            return asked


def reply_to(command: list[bytes]) -> bytes:
    name, *rest = command
    match name:
        case b"PING":
            return b"+PONG\r\n"
        case b"AUTH":
            return b"+OK\r\n"
        case b"SUBSCRIBE":
            return b"".join(b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:1\r\n" % (len(name), name) for name in rest)
    return b":1\r\n"


class FakeRedis:
    """Behaves on the first connection as the first of `behaviours` says, and so on; then as Redis does."""

    def __init__(self, *behaviours: Behaviour):
        self._behaviours = list(behaviours)
        self.visits = 0
        self.here = 0  # connections that are open now
        self.asked: list[list[bytes]] = []
        self._serving: list[asyncio.Task] = []

    async def __aenter__(self) -> "FakeRedis":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        return self

    async def __aexit__(self, *_exc) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def address(self) -> str:
        return "{}:{}".format(*self._server.sockets[0].getsockname())

    async def _serve(self, reader, writer) -> None:
        self._serving.append(asyncio.current_task())
        self.visits += 1
        self.here += 1
        visit = Visit(reader, writer)
        try:
            if self._behaviours:
                await self._behaviours.pop(0)(visit)
            else:
                self.asked += await visit.answer_all()
        finally:
            self.here -= 1
            writer.close()


async def hang(visit: Visit) -> None:
    await visit.gone()


async def close(visit: Visit) -> None:
    pass


async def close_after_a_command(visit: Visit) -> None:
    await visit.command()


async def talk_nonsense(visit: Visit) -> None:
    visit.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await visit.gone()


async def refuse(visit: Visit) -> None:
    await visit.command()
    visit.say(b"-WRONGPASS invalid username-password pair\r\n")
    await visit.gone()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (there is no event to wait for)
            await asyncio.sleep(0.005)


@pytest.fixture
async def link():
    """Make links: link(server); what they heard is in `link.heard`."""
    links = []

    def make(server: FakeRedis, *, user: str = "", timeout: float = 0.2) -> RedisLink:
        url = f"redis://{user}@{server.address}/0" if user else f"redis://{server.address}/0"
        heard, opened = [], []
        links.append(link := RedisLink(url, timeout=timeout, heard=heard.append, opened=lambda: opened.append(1)))
        link.replies, link.openings = heard, opened
        return link

    yield make
    for link in links:
        await link.close()


async def test_commands_of_one_turn_go_out_together_and_replies_come_back(link):
    async with FakeRedis() as server:
        one = link(server, timeout=PATIENCE)
        await until(lambda: one.connected)
        for n in range(3):
            assert one.send("PUBLISH", "name", str(n))
        await until(lambda: one.replies.count(1) == 3)
        await one.close()
        await until(lambda: server.asked)
        assert [c for c in server.asked if c[0] == b"PUBLISH"] == [[b"PUBLISH", b"name", b"%d" % n] for n in range(3)]


async def test_without_a_connection_nothing_is_sent_and_nobody_waits(link):
    async with FakeRedis(hang) as server:
        one = link(server)
        assert one.send("PUBLISH", "a", "b") is False


@pytest.mark.parametrize("behaviour", [hang, close, close_after_a_command, talk_nonsense])
async def test_it_connects_again(link, behaviour):
    async with FakeRedis(behaviour, behaviour) as server:
        one = link(server)
        await until(lambda: server.visits >= 3 and one.connected)
        await until(lambda: b"PONG" in one.replies)
        assert server.here == 1
        assert len(one.openings) == server.visits


@pytest.mark.parametrize("behaviour", [refuse, hang, close_after_a_command, talk_nonsense])
async def test_it_signs_in_again_and_leaves_no_connection_behind(link, behaviour):
    async with FakeRedis(behaviour, behaviour, behaviour) as server:
        one = link(server, user="imsite:secret", timeout=0.2 if behaviour is hang else PATIENCE)
        await until(lambda: one.connected)
        assert server.here == 1
        assert server.visits == 4
        assert one.openings == [1]  # never before it was signed in
        await one.close()
        await until(lambda: server.asked)
        assert server.asked[0] == [b"AUTH", b"imsite", b"secret"]


async def test_a_password_is_in_no_log(link, caplog):
    caplog.set_level(logging.DEBUG)
    async with FakeRedis(refuse) as server:
        one = link(server, user=":s3cr3t")
        await until(lambda: one.connected)
    assert "WRONGPASS" in caplog.text
    assert "s3cr3t" not in caplog.text


async def test_it_ends_while_it_connects(link):
    async with FakeRedis(hang) as server:
        one = link(server, user=":x", timeout=PATIENCE)
        await until(lambda: server.here == 1)
        await one.close()
        await until(lambda: server.here == 0)


async def test_a_redis_that_answers_slowly_but_answers_stays(link):
    async def slowly(visit: Visit) -> None:
        for _ in range(3):
            command = await visit.command()
            await asyncio.sleep(0.4)
            visit.say(reply_to(command))
        await visit.gone()

    async with FakeRedis(slowly) as server:
        one = link(server, timeout=1)
        await until(lambda: one.replies.count(b"PONG") == 3)  # all three take longer than one may
        assert server.visits == 1


async def test_what_a_redis_does_not_take_is_bounded(link, monkeypatch):
    monkeypatch.setattr("chat.redis_link.BUFFERED", 100_000)

    async def read_nothing(visit: Visit) -> None:
        visit._reader._transport.pause_reading()
        await asyncio.Event().wait()

    async with FakeRedis(read_nothing) as server:
        one = link(server, timeout=0.3)
        await until(lambda: one.connected)
        sent = 0
        while one.send("PUBLISH", "a", b"x" * 100_000):
            sent += 1
            await asyncio.sleep(0)
            assert sent < 1_000


async def test_a_shard_subscribes_again_and_tells(link):
    """To all that it was subscribed to, and says that it was away."""
    back, heard = [], []
    kicked = asyncio.Event()

    async def until_kicked(visit: Visit) -> None:
        answering = asyncio.ensure_future(visit.answer_all())
        await kicked.wait()
        answering.cancel()

    async with FakeRedis(until_kicked, until_kicked) as server:
        shard = Shard(
            f"redis://{server.address}", timeout=PATIENCE, hear=lambda *m: heard.append(m), back=lambda: back.append(1)
        )
        for n in range(3):
            await asyncio.wait_for(shard.subscribe(f"name{n}"), PATIENCE)
        await shard.unsubscribe("name1")
        assert back == []
        kicked.set()
        await until(lambda: back == [1] and shard.connected)
        await shard.flush()
        await until(lambda: len(server.asked) >= 2)
        assert [b"SUBSCRIBE", b"name0", b"name2"] in server.asked


async def test_who_waits_for_a_subscription_that_is_given_up_waits_no_longer():
    async with FakeRedis(hang, hang) as server:
        shard = Shard(f"redis://{server.address}", timeout=PATIENCE, hear=lambda *_: None, back=lambda: None)
        waiting = asyncio.create_task(shard.subscribe("name"))
        await asyncio.sleep(0)
        await shard.unsubscribe("name")
        async with asyncio.timeout(PATIENCE):
            await waiting
        await shard.flush()


def shard_at(server: FakeRedis) -> Shard:
    return Shard(f"redis://{server.address}", timeout=PATIENCE, hear=lambda *_: None, back=lambda: None)


async def test_what_redis_takes_leaves_no_gap():
    async with FakeRedis() as server:
        shard = shard_at(server)
        await until(lambda: shard.connected)
        shard.put("name", b"hello")
        await until(lambda: shard.settled)
        await shard.flush()
        assert shard.gaps.untold() == []


async def test_what_is_published_before_there_is_a_connection_is_a_gap_until_there_is_one():
    async with FakeRedis() as server:
        shard = shard_at(server)
        before = monotonic()
        shard.put("name", b"hello")
        (gap,) = shard.gaps.untold()
        assert gap.ended is None
        await until(lambda: shard.connected)
        assert before <= gap.began <= gap.ended
        await shard.flush()


async def test_a_lost_connection_is_a_gap_since_the_last_answer():
    """Whatever was sent after it may never have arrived."""
    answered = asyncio.Event()

    async def answer_once_and_close(visit: Visit) -> None:
        while (await visit.command())[0] != b"PUBLISH":
            visit.say(b"+PONG\r\n")
        visit.say(b":1\r\n")
        answered.set()
        await visit.command()  # and leaves this one unanswered

    async with FakeRedis(answer_once_and_close, answer_once_and_close) as server:
        shard = shard_at(server)
        await until(lambda: shard.connected)
        shard.put("name", b"one")
        await answered.wait()
        await until(lambda: shard.settled)
        last_answer = monotonic()
        shard.put("name", b"two")
        await until(lambda: shard.gaps.untold() and shard.gaps.untold()[0].ended)
        (gap,) = shard.gaps.untold()
        assert gap.began <= last_answer <= gap.ended
        await shard.flush()
