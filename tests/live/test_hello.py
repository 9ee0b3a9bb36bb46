"""Hello and welcome: where a device stands, and from where it goes on."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from chat import authentication
from chat.authentication import Credentials
from messages_store import publish
from messages_store.models import Delivery, Inbox, User
from messages_store.services import resuming, sending, tokens

from .conftest import PATIENCE, signed


@pytest.fixture
def five(alice, bob, direct, draft):
    """Five messages of Alice's in Bob's inbox, of which he has acknowledged two."""
    sending.send([draft(alice, direct, f"m{n}") for n in range(1, 6)])
    Inbox.objects.filter(user=bob).update(acked_seq=2)
    Delivery.objects.filter(recipient=bob, seq__lte=2).update(status="sent", sent_at=datetime.now(UTC))


async def test_the_welcome_says_where_the_inbox_stands(bob, five, connect, node, settings, store):
    settings.IM_WINDOW, settings.IM_SENDS_PER_MINUTE, settings.IM_FRAME_BYTES = 3, 77, 2048
    b = await connect(bob)
    welcome = dict(b.welcome)
    said = datetime.fromisoformat(welcome.pop("server_time"))
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    assert len(welcome.pop("connection")) >= 8
    assert welcome == {
        "type": "welcome",
        "node": node.name,
        "user": {"id": bob.pk, "name": "Bob", "kind": "user"},
        "epoch": (await store(Inbox.objects.get, pk=bob.pk)).epoch,
        "head": 5,
        "from": 2,
        "unsent": 3,
        "unread": 5,
        "unread_notifications": 0,
        "limits": {"frame_bytes": 2048, "window": 3, "sends_per_minute": 77},
    }


async def test_each_connection_has_a_name_of_its_own(bob, connect):
    first, second = await connect(bob), await connect(bob)
    assert first.welcome["connection"] != second.welcome["connection"]


async def test_an_empty_inbox_starts_at_nothing(charlie, connect):
    c = await connect(charlie)
    assert [c.welcome[name] for name in ("head", "from", "unsent", "unread")] == [0, 0, 0, 0]


async def test_a_user_without_an_inbox_gets_one(connect, store):
    def newcomer():
        user = User.objects.create(username="newcomer")
        user.key = tokens.issue(user=user)
        return user

    new = await connect(await store(newcomer))
    assert new.welcome["head"] == 0
    assert new.welcome["epoch"]


async def test_without_a_seq_the_acknowledged_ones_are_passed_over(bob, five, connect):
    b = await connect(bob)
    assert b.welcome["from"] == 2
    assert await b.seqs(3) == [3, 4, 5]
    assert await b.pong() == []


async def test_a_seq_of_null_is_no_seq(bob, five, connect):
    b = await connect(bob, seq=None, epoch=None)
    assert b.welcome["from"] == 2


@pytest.mark.parametrize("seq", [0, 1, 4, 5])
async def test_a_device_gets_what_comes_after_its_seq(bob, five, connect, seq):
    """Whatever other devices acknowledged: this one may have less, or more."""
    epoch = (await connect(bob)).welcome["epoch"]
    b = await connect(bob, epoch=epoch, seq=seq)
    assert b.welcome["from"] == seq
    assert "resync" not in b.welcome
    assert await b.seqs(5 - seq) == list(range(seq + 1, 6))
    assert await b.pong() == []


async def test_events_come_as_they_were_stored(bob, five, connect):
    b = await connect(bob, seq=0)
    assert [(await b.expect("message"))["message"]["body"] for _ in range(5)] == ["m1", "m2", "m3", "m4", "m5"]


@pytest.mark.parametrize("place", [{"epoch": "another", "seq": 3}, {"seq": 6}, {"seq": 2**53 - 1}])
async def test_a_place_that_is_of_no_use_is_told(alice, bob, five, connect, place):
    a, b = await connect(alice), await connect(bob, **place)
    assert b.welcome["resync"] is True
    assert b.welcome["from"] == b.welcome["head"] == 5
    await a.tell("next", to=bob.pk)
    assert (await b.expect("message"))["seq"] == 6  # nothing of before comes


async def test_a_place_below_what_was_pruned_is_of_no_use(bob, five, connect, store):
    def prune():
        Inbox.objects.filter(user=bob).update(floor_seq=2)
        Delivery.objects.filter(recipient=bob, seq__lte=2).delete()

    await store(prune)
    b = await connect(bob, seq=1)
    assert b.welcome["resync"] is True
    assert b.welcome["from"] == 5
    at_the_floor = await connect(bob, seq=2)
    assert "resync" not in at_the_floor.welcome
    assert await at_the_floor.seqs(3) == [3, 4, 5]


@pytest.mark.usefixtures("never_look")
async def test_what_is_stored_and_rung_before_the_welcome_is_not_forgotten(
    alice, bob, direct, draft, connect, layer, monkeypatch
):
    """The inbox is read, then the next message is stored and rung, and only then the welcome goes out."""
    loop, read_standings = asyncio.get_running_loop(), resuming.standings

    def be_overtaken(*, user_ids):
        standings = read_standings(user_ids=user_ids)
        sent = sending.send([draft(alice, direct, "overtakes")])
        asyncio.run_coroutine_threadsafe(publish.ring(layer, sent.events), loop).result()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result()  # heard before the welcome
        return standings

    monkeypatch.setattr(resuming, "standings", be_overtaken)
    b = await connect(bob)
    assert b.welcome["head"] == 0
    assert (await b.expect("message"))["message"]["body"] == "overtakes"


async def test_hello_is_said_once(bob, connect):
    b = await connect(bob)
    await b.send({"type": "hello", "device": {"id": "d2", "kind": "web"}})
    await b.expect_error("invalid")
    assert await b.pong() == []


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "send", "client_id": "c0ffee", "body": "early", "to": 1},
        {"type": "ack", "seq": 5},
        {"type": "read", "conversation": 1, "number": 1},
        {"type": "ping"},
        {"type": "hello", "seq": -1},
        {"type": "hello", "device": {"kind": "toaster"}},
    ],
)
async def test_nothing_but_a_hello_is_taken_first(alice, bob, five, connect, status_of, frame):
    b = await connect(bob, hello=False)
    await b.send(frame)
    error = await b.expect_error("invalid")
    assert error.get("client_id") == frame.get("client_id")
    await b.hello()
    assert await b.seqs(3) == [3, 4, 5]
    assert await status_of(bob) == {1: "sent", 2: "sent", 3: "unsent", 4: "unsent", 5: "unsent"}


@pytest.fixture
async def known_already(bob, node, monkeypatch):
    """Who Bob is, takes no time: all of it is the hello's."""
    signed_in = await node.reads.sign_in(Credentials(dict(signed(bob)), b""))

    async def sign_in(_credentials):
        return signed_in

    monkeypatch.setattr(node.reads, "sign_in", sign_in)


@pytest.mark.usefixtures("known_already")
async def test_a_hello_that_does_not_come_in_time(bob, connect, settings):
    settings.IM_HELLO_SECONDS = 0.1
    b = await connect(bob, hello=False)
    assert await b.closed() == 4002


async def test_a_store_that_does_not_say_in_time_who_it_is(bob, connect, settings, watch):
    """It is not the client that is late."""
    settings.IM_HELLO_SECONDS = 0.1
    answers = threading.Event()
    watch(tokens, "find_all").before = lambda: answers.wait(PATIENCE)
    b = await connect(bob, hello=False)
    assert await b.closed() == 4001
    answers.set()


@pytest.mark.usefixtures("known_already")
async def test_talking_without_a_hello_does_not_win_time(bob, connect, settings):
    settings.IM_HELLO_SECONDS, settings.IM_FRAMES_PER_SECOND = 0.3, 1_000_000
    b = await connect(bob, hello=False)
    async with asyncio.timeout(PATIENCE):
        await b.send({"type": "ping"})
        while (frame := await b.next())["type"] == "error":
            assert frame["code"] == "invalid"
            await b.send({"type": "ping"})
    assert (frame["type"], frame["code"]) == ("bye", 4002)


async def test_a_stopping_node_sends_newcomers_away_though_its_store_hangs(alice, connect, node, watch):
    """Servers that are not ours let them in to the end, and the node would wait for them."""
    signing_in, gate = watch(authentication, "by_tokens"), threading.Event()
    signing_in.before = lambda: gate.wait(PATIENCE)
    node.drain()
    a = await connect(alice, hello=False)
    assert (await a.said_bye())["code"] == 4000
    assert not gate.is_set()
    gate.set()
    await node.stop()
