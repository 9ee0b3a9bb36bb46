"""What a socket of the client gets, over connections and lives."""

import asyncio

import pytest

from imsite_client import Closed, Cursor, FileStore, ImsiteError, MemoryStore, Resync, Saved, Socket, WrongUser

from .conftest import AT_ONCE, PATIENCE, bodies, take


async def test_events_come_in_order_and_are_acknowledged(node, alice):
    node.entry("one")
    async with alice() as socket:
        await socket.ready()
        await node.says("two", "three")
        assert bodies(await take(socket, 3)) == ["one", "two", "three"]
        await node.until(lambda: node.acks[-1:] == [3])


async def test_nothing_is_acknowledged_before_it_was_handled(node, alice, store):
    async with alice() as socket:
        await socket.ready()
        await node.says("one", "two")
        async for event in socket:
            if event.seq == 1:
                continue
            await node.until(lambda: node.acks[-1:] == [1])
            assert store.saved.cursor == Cursor(user=1, epoch="e1", seq=1)
            break
    assert max(node.acks) == 1


async def test_what_was_not_handled_comes_again(node, alice):
    """In the next loop, and in the next life."""
    node.entry("one")
    node.entry("two")
    async with alice() as socket:
        with pytest.raises(ZeroDivisionError):
            await fail_at(2, socket)
        assert [event.seq async for event in first(socket)] == [2]
    async with alice() as socket:
        assert bodies(await take(socket, 1)) == ["two"]


async def fail_at(seq: int, socket: Socket) -> None:
    async for event in socket:
        _ = 1 / (seq - event.seq)


async def first(socket: Socket):
    async for event in socket:
        yield event
        return


async def test_the_place_is_written_before_it_is_acknowledged(node, alice):
    """A crash in between costs an acknowledgement, never an event that is handled twice."""
    order = []

    class Noting(MemoryStore):
        async def save_cursor(self, cursor):
            order.append(("saved", cursor.seq, list(node.acks)))

    node.entry("one")
    async with alice(store=Noting()) as socket:
        await take(socket, 1)
        await node.until(lambda: 1 in node.acks)
    assert ("saved", 1, []) in order


@pytest.mark.parametrize("end", ["cut", "bye"])
async def test_it_resumes_where_it_was(node, alice, end):
    """Without a hole and without a repetition; what waits to be handled is kept over the connections."""
    async with alice() as socket:
        await socket.ready()
        await node.says("one", "two")
        assert bodies(await take(socket, 1)) == ["one"]
        await node.says("three")
        node.entry("four")  # which this connection hears nothing of
        if end == "cut":
            node.cut()
        else:
            await node.bye(4000)
        assert bodies(await take(socket, 3)) == ["two", "three", "four"]
    assert node.hellos[0] == {"type": "hello", "device": {"id": "bot", "kind": "bot"}}
    assert (node.hellos[1]["epoch"], node.hellos[1]["seq"] >= 1) == ("e1", True)


async def test_the_next_life_goes_on_where_the_last_one_was(node, alice, tmp_path):
    """Though its acknowledgement never arrived."""
    node.entry("one")
    node.entry("two")
    async with alice(store=FileStore(tmp_path / "state"), ack_after=3600) as socket:
        assert bodies(await take(socket, 1)) == ["one"]
        socket._session.talker.flush = no_more  # it dies
    assert node.acks == []
    async with alice(store=FileStore(tmp_path / "state")) as socket:
        assert bodies(await take(socket, 1)) == ["two"]
    assert (node.hellos[1]["epoch"], node.hellos[1]["seq"]) == ("e1", 1)


async def no_more():
    pass


async def test_what_comes_twice_is_handled_once(node, alice):
    async with alice() as socket:
        await socket.ready()
        await node.says("one")
        await node.push(node.inbox[0], node.inbox[0])
        await node.says("two")
        assert bodies(await take(socket, 2)) == ["one", "two"]


async def test_a_hole_is_never_acknowledged(node, alice):
    """The connection is given up, and the next one brings what was missing."""
    async with alice() as socket:
        await socket.ready()
        missing = [node.entry("one"), node.entry("two")][1]
        await node.push(node.inbox[0])
        await node.push(node.entry("three"))
        assert bodies(await take(socket, 3)) == ["one", "two", "three"]
    assert len(node.hellos) == 2
    assert missing["seq"] == 2
    assert node.acks == sorted(node.acks)


async def test_a_restored_inbox_is_a_resync_that_comes_until_it_is_handled(node, alice, store):
    node.welcome = {"epoch": "e2", "from": 40, "head": 40, "resync": True}
    store = MemoryStore(Saved(cursor=Cursor(user=1, epoch="e1", seq=900)))
    async with alice(store=store) as socket:
        async for item in socket:
            assert item == Resync(epoch="e2", seq=40)
            break
        assert store.saved.cursor.epoch == "e1"
    assert node.acks == []  # 900 was counted in another epoch
    async with alice(store=store) as socket:
        assert await take(socket, 1) == [Resync(epoch="e2", seq=40)]
    assert store.saved.cursor == Cursor(user=1, epoch="e2", seq=40)


@pytest.mark.parametrize("code", [4500, 4501, 4502, 4503, 4504])
async def test_who_is_told_not_to_come_back_does_not(node, alice, code):
    async with alice() as socket:
        await socket.ready()
        sent = await socket.send("never accepted", to=2)
        await sent.accepted()
        await node.bye(code)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Closed, match="so it is") as closed:
                await take(socket, 1)
            with pytest.raises(Closed):
                await socket.send("too late", to=2)
    assert closed.value.close_code == code
    assert len(node.hellos) == 1


async def test_who_is_told_when_to_come_back_stays_away_so_long(node, alice):
    async with alice() as socket:
        await socket.ready()
        began = asyncio.get_running_loop().time()
        node.entry("back")  # which this connection hears nothing of
        await node.bye(4000, after=0.3)
        assert bodies(await take(socket, 1)) == ["back"]
        assert asyncio.get_running_loop().time() - began >= 0.3


async def test_a_node_that_answers_no_ping_is_left(node, alice):
    node.mute = True
    async with alice(heartbeat=0.05) as socket:
        await socket.ready()
        await node.until(lambda: len(node.hellos) >= 2)
    assert node.heard[0] == {"type": "ping"}


async def test_a_node_that_is_away_is_tried_again_and_another_one_too(node, store):
    async with Socket(["http://127.0.0.1:9", node.url], "token", store=store, backoff=AT_ONCE) as socket:
        async with asyncio.timeout(PATIENCE):
            assert (await socket.ready()).user.name == "Alice"


async def test_what_oneself_wrote_elsewhere_is_left_out_unless_asked_for(node, alice):
    node.entry("mine", sender=1)
    node.entry("Bob's")
    async with alice() as socket:
        assert bodies(await take(socket, 1)) == ["Bob's"]
        await node.until(lambda: node.acks[-1:] == [2])
    async with alice(own=True, store=MemoryStore(Saved(cursor=Cursor(user=1, epoch="e1", seq=0)))) as socket:
        assert bodies(await take(socket, 2)) == ["mine", "Bob's"]


async def test_events_of_a_later_protocol_are_passed_over_and_counted(node, alice):
    hints = []
    async with alice(on_hint=hints.append) as socket:
        await socket.ready()
        node.inbox.append({"type": "starred", "seq": 1, "message": {"client_id": None, "sender": 3, "body": ""}})
        await node.push(node.inbox[0], {"type": "typing", "conversation": 7, "user": 2}, {"type": "shiny"})
        await node.says("two")
        assert bodies(await take(socket, 1)) == ["two"]
        await node.until(lambda: node.acks[-1:] == [2])
    assert [(hint.type, hint.fields) for hint in hints] == [("typing", {"conversation": 7, "user": 2}), ("shiny", {})]


async def test_the_state_of_another_user_is_not_touched(node, alice):
    store = MemoryStore(Saved(cursor=Cursor(user=5, epoch="e1", seq=1)))
    async with alice(store=store) as socket:
        with pytest.raises(WrongUser):
            await take(socket, 1)
    assert store.saved.cursor.user == 5


async def test_marks_and_watches_are_told_to_every_connection(node, alice):
    async with alice() as socket:
        await socket.ready()
        socket.read(7, 3)
        socket.read(7, 2)  # backwards: nothing
        await node.until(lambda: node.heard[-1:] == [{"type": "read", "conversation": 7, "number": 3}])
        await socket.watch([2])
        await node.until(lambda: node.heard[-1:] == [{"type": "watch", "users": [2]}])
        node.heard.clear()
        node.cut()
        await node.until(lambda: len(node.heard) == 2)
    assert {frame["type"] for frame in node.heard} == {"read", "watch"}


async def test_who_waits_when_the_socket_is_left_need_not_wait_on(node, alice):
    """Neither the loop of another task, nor who wants an answer that will not come."""
    node.on_send = lambda node, frame: {"type": "pong"}  # no answer
    async with alice(linger=0) as socket:
        await socket.ready()
        looping = asyncio.create_task(rest(socket))
        sent = await socket.send("hello", to=2)
    async with asyncio.timeout(PATIENCE):
        assert await looping == []
        with pytest.raises(ImsiteError, match="left"):
            await sent.accepted()


async def rest(socket: Socket) -> list:
    return [event async for event in socket]
