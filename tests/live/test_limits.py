"""What one connection may send: what is over is answered and lost to nobody, who goes on and on is closed."""

import json

import pytest
from channels.testing import WebsocketCommunicator

from chat.consumers import ChatConsumer
from chat.deadlines import end_overdue
from messages_store.models import Message

from .conftest import PATIENCE, Device, signed


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> list[float]:
    """It stands, unless a test moves it: nothing comes back while a test runs."""
    now = [1_000.0]
    for module in ("incoming", "consumers"):
        monkeypatch.setattr(f"chat.{module}.monotonic", lambda: now[0])
    return now


@pytest.fixture
def five_at_once(settings):
    """Half a frame a second, so five at once."""
    settings.IM_FRAMES_PER_SECOND = 0.5


async def test_a_message_over_the_limit_is_refused_by_its_client_id(alice, bob, connect, store, five_at_once):
    a = await connect(alice)  # hello is a frame
    for _ in range(4):
        await a.tell("in time", to=bob.pk)
    client_id = await a.say("too fast", to=bob.pk)
    error = await a.expect_error("rate_limited")
    assert error["client_id"] == client_id
    assert 0 < error["retry_after"] <= 2
    assert await store(Message.objects.count) == 4


async def test_it_is_taken_after_the_wait(alice, bob, connect, five_at_once, clock):
    a = await connect(alice)
    for _ in range(4):
        await a.tell("in time", to=bob.pk)
    client_id = await a.say("too fast", to=bob.pk)
    wait = (await a.expect_error("rate_limited"))["retry_after"]
    clock[0] += wait / 2
    await a.say("too fast", to=bob.pk, client_id=client_id)
    await a.expect_error("rate_limited")
    clock[0] += wait / 2
    await a.tell("too fast", to=bob.pk, client_id=client_id)


async def test_whoever_goes_on_for_too_long_is_closed_and_neighbours_notice_nothing(
    alice, bob, charlie, connect, five_at_once, settings
):
    flooder = await connect(alice)
    for _ in range(4):
        await flooder.send({"type": "ping"})
        await flooder.expect("pong")
    for _ in range(5):
        await flooder.send({"type": "ping"})
        await flooder.expect_error("rate_limited")
    b, other = await connect(bob), await connect(alice)
    await flooder.send({"type": "ping"})
    bye = await flooder.said_bye()
    assert bye["code"] == 4008
    assert bye["reconnect_after"] >= 10
    await b.tell("all is well", to=alice.pk)
    assert (await other.expect("message"))["message"]["body"] == "all is well"


async def test_whoever_comes_back_after_a_flood_does_not_begin_anew(alice, bob, connect, five_at_once):
    flooder = await connect(alice)
    for _ in range(9):
        await flooder.send({"type": "ping"})
        await flooder.next()
    await flooder.send({"type": "ping"})
    await flooder.said_bye()
    again = await connect(alice, hello=False)
    await again.send({"type": "ping"})
    assert (await again.said_bye())["code"] == 4008
    b = await connect(bob)
    assert await b.pong() == []


async def test_who_acknowledges_each_event_is_not_limited_by_what_others_send(alice, bob, connect, settings):
    b = await connect(bob)
    settings.IM_FRAMES_PER_SECOND = 0.5
    a = await connect(alice)
    for n in range(1, 13):
        await b.say(str(n), to=alice.pk)
        assert (await a.expect("message"))["seq"] == n
        await a.ack(n)
    assert await a.pong() == []
    for _ in range(6):  # what tells nothing new counts
        await a.ack(12)
    await a.expect_error("rate_limited")


async def test_who_is_over_the_limit_may_still_acknowledge_what_is_new(alice, bob, connect, five_at_once):
    b, a = await connect(bob), await connect(alice)
    for answer in ["pong"] * 4 + ["error"] * 4:
        await a.send({"type": "ping"})
        await a.expect(answer)
    await b.tell("news", to=alice.pk)
    await a.ack((await a.expect("message"))["seq"])
    await a.send({"type": "ping"})  # refused still: nothing was given back for the ack
    await a.expect_error("rate_limited")
    assert (await b.expect("marks"))["sent"] == 1


async def test_before_the_hello_it_is_the_same(alice, connect, five_at_once):
    a = await connect(alice, hello=False)
    for code in ["invalid"] * 5 + ["rate_limited"] * 5:
        await a.send({"type": "ping"})
        await a.expect_error(code)
    await a.send({"type": "ping"})
    assert (await a.said_bye())["code"] == 4008


async def test_what_cannot_be_understood_counts_too(alice, connect, five_at_once):
    a = await connect(alice)
    for _ in range(9):
        await a.send("{}")
        await a.expect_error("invalid")
    await a.send("{}")
    assert await a.closed() == 4008


@pytest.mark.parametrize("letter", ["x", "é", "\ud800"])
async def test_bytes_are_limited_too(alice, bob, connect, settings, letter):
    """Characters of several bytes count as what they are, whether or not they are any."""
    settings.IM_FRAME_BYTES, settings.IM_BYTES_PER_SECOND = 2_000, 200
    a = await connect(alice)
    large = json.dumps({"type": "ping", "t": "t", "x": letter * (1_500 // len(letter.encode(errors="surrogatepass")))},
                       ensure_ascii=False)  # fmt: skip
    await a.send(large)
    if letter == "\ud800":
        assert await a.closed() == 4500
        return
    await a.expect("pong")
    await a.send(large)
    assert (await a.expect_error("rate_limited"))["retry_after"] > 3
    await a.send({"type": "ping"})
    await a.expect("pong")


async def test_a_connection_that_has_lived_long_enough_comes_again(alice, connect, settings, monkeypatch):
    lived = [0.0]
    monkeypatch.setattr("chat.deadlines.monotonic", lambda: lived[0])
    a = await connect(alice)
    lived[0] = settings.IM_LIFE_SECONDS * 0.79
    assert await a.pong() == []
    lived[0] = settings.IM_LIFE_SECONDS * 1.21
    bye = await a.said_bye()
    assert bye["code"] == 4000
    assert 0 <= bye["reconnect_after"] <= 2


async def test_not_all_that_came_together_have_to_go_together(alice, connect, node):
    for _ in range(20):
        await connect(alice)
    leaving = sorted(connection.leaves_at for connection in node.connections())
    hours = (leaving[-1] - leaving[0]) / 3_600
    assert 1 < hours < 4.9


@pytest.fixture
def heard(node, monkeypatch):
    """A server that tells when it heard of a client last: connect by `heard.connect`, and set `heard.at`."""

    class Heard:
        at = 0.0

        async def connect(self, user) -> Device:
            headers = [(b"host", b"testserver"), *signed(user)]
            communicator = WebsocketCommunicator(ChatConsumer.as_asgi(node=node), "/ws/v1/", headers=headers)
            communicator.scope["extensions"] = {"imsite.heard": lambda: self.at}
            assert (await communicator.connect(timeout=PATIENCE))[0]
            device = Device(communicator)
            await device.hello()
            return device

    heard = Heard()
    clock = [0.0]
    monkeypatch.setattr("chat.deadlines.monotonic", lambda: clock[0])
    heard.clock = clock
    return heard


async def test_a_peer_without_a_sign_of_life_is_closed(alice, heard, node):
    a = await heard.connect(alice)
    heard.clock[0], heard.at = 1_000, 940
    end_overdue(node.connections())
    assert await a.pong() == []
    heard.clock[0] = 1_001
    bye = await a.said_bye()
    assert bye["code"] == 4003
    assert bye["reconnect_after"] is not None


async def test_where_the_server_does_not_tell_silence_is_no_sign_of_death(alice, connect, node, heard):
    a = await connect(alice)
    heard.clock[0] = 30_000  # it has not lived long enough
    end_overdue(node.connections())
    assert await a.pong() == []
