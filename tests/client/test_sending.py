"""What the client says is accepted once and in order, whatever becomes of connections and processes."""

import asyncio

import pytest

from imsite_client import Conflict, Draft, FileStore, MemoryStore, NotFound, Saved, TooLarge

from .conftest import PATIENCE, bodies, take


async def test_what_is_said_is_accepted_and_leaves_the_store(node, alice, store):
    async with alice() as socket:
        sent = await socket.send("hello", to=2, data={"a": 1})
        assert [draft.body for draft in store.saved.outbox] == ["hello"]
        accepted = await sent.accepted()
        assert (accepted.client_id, accepted.seq) == (sent.client_id, 1)
        assert store.saved.outbox == ()
    [frame] = node.sends
    assert frame == {
        "type": "send",
        "client_id": sent.client_id,
        "to": 2,
        "body": "hello",
        "kind": "text",
        "data": {"a": 1},
    }


@pytest.mark.parametrize("stored", [False, True], ids=["before it was stored", "after it was stored"])
async def test_a_connection_that_is_lost_costs_nothing(node, alice, store, stored):
    """The same client_id goes again, and nothing behind it goes first."""

    def lose_the_first(node, frame):
        if len(node.sends) > 1:
            return None
        if stored:
            node.store(frame)
        return -1

    node.on_send = lose_the_first
    async with alice() as socket:
        for n in range(5):
            await socket.send(f"{n}", conversation=7)
        await socket.emptied(PATIENCE)
    assert node.stored == ["0", "1", "2", "3", "4"]
    assert len(node.hellos) == 2
    assert store.saved.outbox == ()


async def test_one_conversation_keeps_its_order_when_the_server_is_busy(node, alice):
    busy = {"type": "error", "code": "busy", "message": "…", "retry_after": 0.05}
    node.on_send = lambda node, frame: busy | {"client_id": frame["client_id"]} if len(node.sends) in (1, 3) else None
    async with alice() as socket:
        for n in range(4):
            await socket.send(f"{n}", conversation=7)
        await socket.emptied(PATIENCE)
    assert node.stored == ["0", "1", "2", "3"]


async def test_nothing_goes_out_before_the_server_wants_more(node, alice):
    """`rate_limited` is about all conversations."""
    times = []
    limited = {"type": "error", "code": "rate_limited", "message": "…", "retry_after": 0.3}

    def limit(node, frame):
        times.append(asyncio.get_running_loop().time())
        return limited | {"client_id": frame["client_id"]} if len(times) == 1 else None

    node.on_send = limit
    async with alice() as socket:
        await socket.send("one", conversation=7)
        await node.until(lambda: times)
        await node.says("behind the refusal")
        await take(socket, 1)
        await socket.send("two", conversation=8)
        await socket.emptied(PATIENCE)
    assert [when - times[0] >= 0.3 for when in times] == [False, True, True]


async def test_what_the_server_refuses_for_good_is_told_and_holds_nobody_up(node, alice, store):
    def refuse(node, frame):
        if frame["body"] == "astray":
            return {"type": "error", "code": "not_found", "message": "No.", "client_id": frame["client_id"]}
        return None

    node.on_send = refuse
    async with alice() as socket:
        astray = await socket.send("astray", conversation=7)
        await socket.send("next", conversation=7)
        with pytest.raises(NotFound, match="No"):
            await astray.accepted()
        await socket.emptied(PATIENCE)
    assert node.stored == ["next"]
    assert store.saved.outbox == ()


async def test_what_no_connection_could_carry_is_refused_at_home(node, alice, store):
    async with alice() as socket:
        large = await socket.send("ü" * 1_000, conversation=7)
        await socket.send("next", conversation=7)
        with pytest.raises(TooLarge):
            await large.accepted()
        await socket.emptied(PATIENCE)
    assert [frame["body"] for frame in node.sends] == ["next"]
    assert len(node.hellos) == 1


async def test_an_outbox_outlives_its_process(node, alice, tmp_path):
    """What was said without a connection goes out in the next life, in order."""
    path = tmp_path / "state"
    async with alice(store=FileStore(path), linger=0) as socket:
        node.on_send = lambda node, frame: -1
        for n in range(3):
            await socket.send(f"{n}", conversation=7)
    node.on_send = lambda node, frame: None
    async with alice(store=FileStore(path)) as socket:
        await socket.emptied(PATIENCE)
    assert node.stored == ["0", "1", "2"]
    assert FileStore(path).saved.outbox == ()


async def test_an_event_of_ones_own_stands_for_a_lost_answer(node, alice):
    """On the connection after: the event comes, and no second frame is needed for the store to be empty."""
    draft = Draft(client_id="0d0e8e9e-0000-4000-8000-000000000001", body="hello", conversation=7)
    node.entry("hello", sender=1, client_id=draft.client_id)
    node.entry("Bob's")
    node.on_send = lambda node, frame: {"type": "pong"}  # no answer
    store = MemoryStore(Saved(outbox=(draft,)))
    async with alice(store=store) as socket:
        assert bodies(await take(socket, 1)) == ["Bob's"]
        await socket.emptied(PATIENCE)
    assert store.saved.outbox == ()
    assert node.stored == ["hello"]


async def test_an_answer_to_an_event_is_one_however_often_the_event_comes(node, alice):
    node.entry("question")
    for _ in range(2):
        async with alice(store=MemoryStore()) as socket:
            async for event in socket:
                await socket.answer(event, "answer")
                await socket.answer(event, "and more", name="more")
                break
    assert node.stored == ["answer", "and more"]


async def test_an_answer_that_was_another_one_before_is_told(node, alice):
    conflict = {"type": "error", "code": "conflict", "message": "Another one."}
    node.on_send = lambda node, frame: conflict | {"client_id": frame["client_id"]}
    node.entry("question")
    async with alice() as socket:
        async for event in socket:
            sent = await socket.answer(event, "answer")
            break
        with pytest.raises(Conflict):
            await sent.accepted()


async def test_more_on_the_way_is_faster_and_still_all(node, alice):
    waiting = []

    def gather(node, frame):
        waiting.append(frame)
        return {"type": "pong"} if len(waiting) < 3 else None

    node.on_send = gather
    async with alice(in_flight=3, linger=0) as socket:
        for n in range(3):
            await socket.send(f"{n}", conversation=7)
        await node.until(lambda: len(waiting) == 3)
    assert [frame["body"] for frame in waiting] == ["0", "1", "2"]
