"""A layer that fails, hangs, or says what nobody understands: it costs time, and nothing else."""

import asyncio

import pytest

from chat.bells import Bells
from messages_store import publish
from messages_store.services import resuming

from .conftest import NEVER, PATIENCE
from .rigged import BrokenLayer, hang, refuse


@pytest.mark.parametrize("fault", [refuse, hang])
async def test_a_layer_that_does_not_ring_holds_up_nobody(alice, bob, layer, start_node, connect, settings, fault):
    """`accepted` comes although ringing takes for ever, and the message by the look."""
    settings.IM_LAYER_SECONDS = NEVER
    node = start_node("mute", layer=BrokenLayer(layer, fault))
    a, b = await connect(alice, node), await connect(bob)
    for n in range(5):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(5) == [1, 2, 3, 4, 5]


async def test_ringing_is_given_up_after_a_while(alice, bob, layer, start_node, connect, settings):
    settings.IM_LAYER_SECONDS = 0.05
    broken = BrokenLayer(layer, hang)
    node = start_node("mute", layer=broken)
    a, b = await connect(alice, node), await connect(bob)
    await a.tell("lost", to=bob.pk)
    assert await b.seqs(1) == [1]
    broken.ring = lambda message: layer.group_send(publish.group_of(message["user"]), message)
    settings.IM_HEADS_SECONDS = NEVER
    await a.tell("heard", to=bob.pk)
    assert await b.seqs(1) == [2]


async def test_a_node_that_stops_has_its_last_word_and_goes(layer, settings, monkeypatch):
    """What a stopping node still has to tell is not told to a layer that hangs."""
    settings.IM_LAYER_SECONDS = NEVER
    monkeypatch.setattr("chat.bells.LAST_WORD", 0.05)
    bells = Bells(layer=BrokenLayer(layer, hang), hear=lambda message: None)
    async with asyncio.timeout(PATIENCE):
        await bells.tell_last({1})


async def test_what_waits_to_be_rung_is_bounded(alice, bob, layer, start_node, connect, settings, monkeypatch):
    monkeypatch.setattr("chat.bells.UNRUNG", 3)
    settings.IM_LAYER_SECONDS = NEVER
    node = start_node("mute", layer=BrokenLayer(layer, hang))
    a, b = await connect(alice, node), await connect(bob)
    for n in range(10):
        await a.tell(str(n), to=bob.pk)
    assert len(node.bells._waiting) <= 3
    assert await b.seqs(10) == list(range(1, 11))


@pytest.mark.parametrize("fault", [refuse, hang])
async def test_a_layer_that_takes_nobody_in_lets_everybody_connect(
    alice, bob, layer, start_node, connect, settings, fault
):
    """Groups cannot be joined, so only the look tells."""
    settings.IM_LAYER_SECONDS = 0.05

    class Closed(BrokenLayer):
        async def group_add(self, group, channel):
            await fault()

        group_discard = group_add

    node = start_node("deaf", layer=Closed(layer, fault))
    a, b = await connect(alice), await connect(bob, node)
    await a.tell("x", to=bob.pk)
    assert await b.seqs(1) == [1]
    await b.leave()


@pytest.mark.usefixtures("never_look")
async def test_hearing_goes_on_after_a_fault(alice, bob, rigged, start_node, connect):
    """The layer's `receive` fails now and then."""
    failures = iter([ConnectionError("lost"), ValueError("not msgpack"), KeyError("x")])

    class Crackling(type(rigged)):
        async def receive(self, channel):
            message = await self._layer.receive(channel)
            if (error := next(failures, None)) is not None:
                raise error
            return message

    node = start_node("crackling", layer=Crackling(rigged._layer))
    a, b = await connect(alice), await connect(bob, node)
    for n in range(4):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(4) == [1, 2, 3, 4]


RING = publish.RING
FOREIGN = [
    {"type": "chat.message", "text": "hello"},
    {"type": "another.kind", "user": "{user}", "head": 1, "events": [[1, "message", "{}", None]]},
    {"type": RING},
    {"type": RING, "user": None},
    {"type": RING, "user": [1]},
    {"type": RING, "user": "{user}"},
    {"type": RING, "user": "{user}", "head": None, "events": None, "hints": []},
    {"type": RING, "user": "{user}", "head": "9", "events": []},
    {"type": RING, "user": "{user}", "head": {}, "events": {}},
    {"type": RING, "user": "{user}", "head": 1, "events": 5},
    {"type": RING, "user": "{user}", "head": 1, "events": [5]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[1]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [["1", "message", "{}", None]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[1, "message", None, None]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[1, 2, 3, 4]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[1, "message", "{}", []]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[1, "message", "{}", None, "and", "more"]]},
    {"type": RING, "user": "{user}", "head": 1, "events": [[None, None, None, None]]},
    {"type": RING, "user": "{user}", "head": 1.5, "events": [[1.0, "message", "{}", None]]},
    {"type": RING, "user": "{user}", "head": True, "events": [[True, "message", "{}", None]]},
    {"type": RING, "user": "{user}", "hints": 5},
    {"type": RING, "user": "{user}", "hints": [5, None, {}, b"\xff"]},
    {"type": RING, "user": "{user}", "hints": None},
    {"type": RING, "user": "{user}", "head": -5, "events": []},
    {"type": 5, "user": "{user}", "head": 1},
    {"head": 1},
    {},
]


def for_user(message: dict, user) -> dict:
    return {key: user.pk if value == "{user}" else value for key, value in message.items()}


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
@pytest.mark.usefixtures("never_look")
async def test_what_nobody_understands_disturbs_nobody(alice, bob, layer, connect, node, foreign):
    a, b = await connect(alice), await connect(bob)
    await layer.group_send(publish.group_of(bob.pk), for_user(foreign, bob))
    await a.tell("x", to=bob.pk)
    message = await b.expect("message")
    assert (message["seq"], message["message"]["body"]) == (1, "x")
    assert await b.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_very_many_foreign_messages_deafen_nobody(alice, bob, layer, connect, node, settings):
    """They are passed over at once, and not one every now and then."""
    a, b = await connect(alice), await connect(bob)
    for _ in range(20):
        for foreign in FOREIGN:
            await layer.group_send(publish.group_of(bob.pk), for_user(foreign, bob))
    async with asyncio.timeout(PATIENCE):
        await a.tell("x", to=bob.pk)
        assert await b.seqs(1) == [1]


@pytest.mark.usefixtures("never_look")
async def test_a_ring_for_somebody_else_is_nobodys(alice, bob, charlie, layer, connect):
    """Rung in Bob's group, for Charlie, who is on the same node: that goes to Charlie's connections, if to any."""
    b, c = await connect(bob), await connect(charlie)
    await layer.group_send(publish.group_of(bob.pk), {"type": RING, "user": alice.pk, "head": 5, "events": []})
    assert await b.pong() == await c.pong() == []


async def test_the_groups_that_a_node_is_in(alice, bob, layer, start_node, connect, watch):
    """It joins a user's group with the first connection, and leaves it with the last."""

    class Noting(BrokenLayer):
        def __init__(self, layer):
            super().__init__(layer, refuse)
            self.joined = set()

        async def group_add(self, group, channel):
            self.joined.add(group)
            await self._layer.group_add(group, channel)

        async def group_discard(self, group, channel):
            self.joined.discard(group)
            await self._layer.group_discard(group, channel)

    noting = Noting(layer)
    node = start_node("noting", layer=noting)
    phone, desktop, b = [await connect(user, node) for user in (alice, alice, bob)]
    assert noting.joined == {publish.group_of(alice.pk), publish.group_of(bob.pk)}
    await phone.leave()
    assert publish.group_of(alice.pk) in noting.joined
    await desktop.leave()
    assert noting.joined == {publish.group_of(bob.pk)}
    again = await connect(alice, node)
    assert publish.group_of(alice.pk) in noting.joined
    await asyncio.gather(again.leave(), b.leave())
    assert noting.joined == set()


@pytest.mark.usefixtures("never_look")
async def test_a_user_who_comes_back_at_once_is_heard(alice, bob, connect, node):
    a = await connect(alice)
    for n in range(10):
        b = await connect(bob)
        leaving = asyncio.create_task(b.leave())
        b = await connect(bob)
        await leaving
        await a.tell(str(n), to=bob.pk)
        assert (await b.expect("message"))["message"]["body"] == str(n)
        await b.ack(n + 1)
        await a.expect("marks")
        await b.leave()


@pytest.mark.usefixtures("never_look")
async def test_reads_of_one_connection_are_one_at_a_time(alice, bob, connect, layer, watch):
    """A hail of rings that carry nothing leads to no hail of reads."""
    b = await connect(bob)
    reads = watch(resuming, "inbox_pages")
    for n in range(1, 200):
        await layer.group_send(publish.group_of(bob.pk), {"type": RING, "user": bob.pk, "head": n, "events": []})
    assert await b.pong() == []
    assert len(reads.calls) < 20
