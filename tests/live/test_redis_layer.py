"""The layer on a Redis of its own, which these tests freeze, kill and empty. The same on both bases."""

import asyncio

import msgpack
import pytest
import redis.asyncio

from chat import layers
from chat.layers import RingingChannelLayer
from chat.metrics import Counts
from imsite.localservers import Redis
from messages_store import publish
from messages_store.services import resuming

from .conftest import NEVER, PATIENCE, connected
from .rigged import none_at_all


@pytest.fixture(scope="module")
def own_redis():
    with Redis() as server:
        yield server


@pytest.fixture
def server(own_redis):
    yield own_redis
    own_redis.thaw()
    own_redis.start()


@pytest.fixture
async def admin(server):
    async with redis.asyncio.Redis.from_url(server.url) as client:
        yield client


@pytest.fixture
async def make_layer(server):
    layers = []

    def make(prefix: str = "live", **options) -> RingingChannelLayer:
        options = {"hosts": [server.url], "timeout": 0.5, **options}
        layers.append(layer := RingingChannelLayer(prefix=prefix, **options))
        return layer

    yield make
    for layer in layers:
        await layer.flush()


@pytest.fixture
async def layer(make_layer) -> RingingChannelLayer:
    """In the place of the base's layer, for all fixtures."""
    return make_layer()


@pytest.fixture
async def other_node(start_node, make_layer):
    """With connections to Redis of its own, as another process has."""
    return start_node("two", layer=make_layer())


@pytest.fixture
async def ready(layer, node, other_node):
    await connected(layer, other_node.layer)


@pytest.fixture
async def talk(alice, bob, ready, connect, other_node):
    return await connect(alice), await connect(bob, other_node)


async def holders(admin, user, prefix: str = "live") -> int:
    """How many nodes are in a user's group."""
    name = f"{prefix}__group__{publish.group_of(user.pk)}"
    return (await admin.pubsub_numsub(name))[0][1]


async def until_holders(admin, user, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await holders(admin, user) != count:  # noqa: ASYNC110 (there is no event to wait for)
            await asyncio.sleep(0.01)


@pytest.fixture
def counted(monkeypatch) -> Counts:
    """What the layer counts, from zero."""
    fresh = Counts()
    monkeypatch.setattr(layers, "counts", fresh)
    return fresh


async def test_rings_that_redis_never_got_are_counted(talk, layer, server, counted):
    server.kill()
    async with asyncio.timeout(PATIENCE):
        while await layer.ping():  # noqa: ASYNC110 (there is no event to wait for)
            await asyncio.sleep(0.01)
    assert counted.layer_errors == 0
    await layer.group_send_many([("user.1", {"type": "x"}), ("user.2", {"type": "x"})])
    assert counted.layer_errors == 2


@pytest.mark.usefixtures("talk")
async def test_a_subscription_that_was_lost_for_a_moment_is_counted(admin, counted):
    await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    async with asyncio.timeout(PATIENCE):
        while counted.layer_errors < 2:  # noqa: ASYNC110 (each of two nodes had one)
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("never_look")
async def test_it_rings_from_node_to_node(talk, bob):
    a, b = talk
    for n in range(20):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(20) == list(range(1, 21))


async def test_a_node_is_in_a_group_while_it_holds_the_user(alice, bob, ready, connect, other_node, admin):
    assert await holders(admin, bob) == 0
    phone = await connect(bob)
    await until_holders(admin, bob, 1)
    tablet = await connect(bob)
    desktop = await connect(bob, other_node)
    await until_holders(admin, bob, 2)
    await phone.leave()
    await desktop.leave()
    await until_holders(admin, bob, 1)
    await tablet.leave()
    await until_holders(admin, bob, 0)
    assert await holders(admin, alice) == 0


async def test_subscriptions_that_are_killed_come_back(talk, bob, admin, watch, settings):
    """Nothing that was rung meanwhile is lost, and afterwards the bell rings again."""
    a, b = talk
    for n in range(10):
        await a.tell(str(n), to=bob.pk)
        if n % 3 == 0:
            await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    assert await b.seqs(10) == list(range(1, 11))
    await until_holders(admin, bob, 1)
    settings.IM_HOLD_SECONDS = NEVER  # a look may come before the ring: it leaves the ring the time that it needs
    reads = watch(resuming, "inbox_pages")
    await a.tell("heard", to=bob.pk)
    assert await b.seqs(1) == [11]
    assert reads.calls == []


@pytest.mark.usefixtures("never_look")
async def test_on_coming_back_the_node_looks_at_once(alice, bob, ready, connect, rigged_node, rigged, admin):
    """What was published while it was away is gone, and does not wait for the next look."""
    a, b = await connect(alice, rigged_node), await connect(bob)
    rigged.rule = none_at_all
    await a.tell("while away", to=bob.pk)
    await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    assert await b.seqs(1) == [1]


async def test_publishers_that_are_killed_come_back(talk, bob, admin):
    a, b = talk
    for n in range(6):
        await a.tell(str(n), to=bob.pk)
        await admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert await b.seqs(6) == [1, 2, 3, 4, 5, 6]


async def test_without_redis_all_arrives_by_the_look(talk, bob, server, connect, other_node):
    a, b = talk
    server.kill()
    for n in range(5):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(5) == [1, 2, 3, 4, 5]
    again = await connect(bob, other_node, seq=0)
    assert await again.seqs(5) == [1, 2, 3, 4, 5]
    await asyncio.to_thread(server.start)
    await a.tell("back", to=bob.pk)
    assert await b.seqs(1) == [6]


async def test_a_redis_that_came_back_empty_rings_again(talk, bob, server, admin):
    a, b = talk
    await asyncio.to_thread(server.restart_empty)
    await until_holders(admin, bob, 1)
    await a.tell("x", to=bob.pk)
    assert await b.seqs(1) == [1]


async def test_a_frozen_redis_costs_time_and_nothing_else(talk, bob, server):
    a, b = talk
    server.freeze()
    async with asyncio.timeout(3):
        for n in range(5):
            await a.tell(str(n), to=bob.pk)
    assert await b.seqs(5) == [1, 2, 3, 4, 5]
    server.thaw()
    await a.tell("thawed", to=bob.pk)
    assert await b.seqs(1) == [6]


async def test_a_node_starts_without_redis(alice, bob, server, make_layer, start_node, connect, admin, settings, watch):
    settings.IM_LAYER_SECONDS = 0.1
    server.kill()
    node = start_node("early", layer=make_layer())
    assert not await node.layer.ping()
    a, b = await connect(alice, node), await connect(bob, node)
    await a.tell("x", to=bob.pk)
    assert await b.seqs(1) == [1]
    await asyncio.to_thread(server.start)
    await until_holders(admin, bob, 1)
    await connected(node.layer)
    settings.IM_HOLD_SECONDS = NEVER  # a look may come before the ring: it leaves the ring the time that it needs
    reads = watch(resuming, "inbox_pages")
    await a.tell("rung", to=bob.pk)
    assert await b.seqs(1) == [2]
    assert reads.calls == []


async def test_deployments_with_prefixes_of_their_own_do_not_hear_each_other(
    alice, bob, direct, draft, ready, connect, layer, make_layer, start_node
):
    theirs = start_node("theirs", layer=make_layer("theirs"))
    ours, b = await connect(bob), await connect(bob, theirs)
    head = {"type": publish.RING, "user": bob.pk, "hints": ['{"type":"typing"}']}
    await layer.group_send(publish.group_of(bob.pk), head)
    await ours.expect("typing")
    assert await b.pong() == []


@pytest.mark.parametrize(
    "published",
    [
        b"",
        b"\xc1",
        b"\xff" * 100,
        b"garbage",
        msgpack.packb(5),
        msgpack.packb([1, 2]),
        msgpack.packb({1: 2}),
        msgpack.packb({"type": publish.RING, "user": {1: 2}}),
        msgpack.packb({"type": publish.RING, "head": 1})[:-1],
        msgpack.packb({"type": "x"}) * 2,
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 10_000,
    ],
    ids=lambda published: repr(published[:10]),
)
@pytest.mark.usefixtures("never_look")
async def test_garbage_in_redis_disturbs_nobody(talk, bob, admin, published):
    a, b = talk
    for _ in range(200):  # each of which would cost a fifth of a second
        await admin.publish(f"live__group__{publish.group_of(bob.pk)}", published)
    async with asyncio.timeout(PATIENCE):
        await a.tell("x", to=bob.pk)
        assert await b.seqs(1) == [1]
    assert await b.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_garbage_on_the_nodes_own_channel_disturbs_nobody(talk, bob, admin):
    a, b = talk
    channels = [name for name in await admin.pubsub_channels("live*") if b"__group__" not in name]
    assert len(channels) == 2
    for channel in channels:
        await admin.publish(channel, b"\xc1")
    await a.tell("x", to=bob.pk)
    assert await b.seqs(1) == [1]


@pytest.mark.usefixtures("never_look")
async def test_shards_share_the_groups(alice, bob, dora, group, server, make_layer, start_node, connect, watch):
    """The same Redis twice here: each group lives on one of the two."""
    layer = make_layer("shards", hosts=[server.url, server.url])
    node = start_node("sharded", layer=layer)
    await connected(layer)
    reads = watch(resuming, "inbox_pages")
    a, b, d = [await connect(user, node) for user in (alice, bob, dora)]
    for _ in range(3):
        await a.tell("x", conversation=group.pk)
    assert await b.seqs(3) == await d.seqs(3) == [1, 2, 3]
    assert reads.calls == []
