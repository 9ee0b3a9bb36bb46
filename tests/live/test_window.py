"""Acknowledging: what makes `sent`, and what keeps a device from being flooded."""

import pytest

from messages_store.models import Delivery, Inbox
from messages_store.services import sending

from .conftest import eventually


@pytest.fixture(autouse=True)
def small(settings):
    settings.IM_WINDOW = 5


async def test_an_ack_makes_sent(alice, bob, connect, status_of):
    a, b = await connect(alice), await connect(bob)
    for n in range(3):
        await a.tell(str(n), to=bob.pk)
    await b.seqs(3)
    assert await status_of(bob) == {1: "unsent", 2: "unsent", 3: "unsent"}
    assert await status_of(alice) == {1: "sent", 2: "sent", 3: "sent"}
    await b.ack(2)
    await a.wait_for("marks")
    assert await status_of(bob) == {1: "sent", 2: "sent", 3: "unsent"}


async def test_pushing_alone_makes_nothing_sent(alice, bob, connect, node, status_of):
    """Only a device that says so has it. Not even leaving in good order changes that."""
    a, b = await connect(alice), await connect(bob)
    await a.tell("x", to=bob.pk)
    await b.expect("message")
    await b.pong()
    await b.leave()
    await node.recorder.idle.wait()  # whatever was noted is stored
    assert await status_of(bob) == {1: "unsent"}
    again = await connect(bob)
    assert (again.welcome["from"], again.welcome["unsent"]) == (0, 1)
    assert await again.seqs(1) == [1]


async def test_who_never_acks_gets_one_window(alice, bob, charlie, connect, node):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    deaf = next(connection for connection in node.connections() if connection.user_id == bob.pk)
    for n in range(40):
        await a.tell(str(n), to=bob.pk)
        await c.tell(str(n), to=alice.pk)
        await a.ack((await a.expect("message"))["seq"])
        await c.expect("marks")
    assert await b.seqs(5) == [1, 2, 3, 4, 5]
    await node.look()
    assert [frame for frame in await b.pong() if "seq" in frame] == []
    assert len(deaf._frames) <= 5
    assert len(deaf._cursor._held) <= 64


async def test_acks_let_the_rest_follow_in_order(alice, bob, direct, draft, connect, store):
    await store(sending.send, [draft(alice, direct, str(n)) for n in range(23)])
    b = await connect(bob)
    seen = await b.seqs(5)
    while seen[-1] < 23:
        await b.ack(seen[-1] - 2)
        assert await b.seqs(min(3, 23 - seen[-1])) == list(range(seen[-1] + 1, min(seen[-1] + 3, 23) + 1))
        seen += range(seen[-1] + 1, min(seen[-1] + 3, 23) + 1)
    assert seen == list(range(1, 24))
    assert await b.pong() == []


async def test_an_ack_of_one_lets_one_follow(alice, bob, direct, draft, connect, store):
    await store(sending.send, [draft(alice, direct, str(n)) for n in range(10)])
    b = await connect(bob)
    await b.seqs(5)
    await b.ack(1)
    assert await b.seqs(1) == [6]
    assert await b.pong() == []


async def test_an_ack_counts_no_further_than_what_was_pushed(alice, bob, direct, draft, connect, store, status_of):
    await store(sending.send, [draft(alice, direct, str(n)) for n in range(20)])
    a, b = await connect(alice), await connect(bob)
    await b.seqs(5)
    await b.ack(2**53 - 1)
    assert await b.seqs(5) == [6, 7, 8, 9, 10]
    assert await b.pong() == []
    assert (await a.wait_for("marks"))["sent"] == 5
    found = await status_of(bob)
    assert [seq for seq, status in found.items() if status == "sent"] == [1, 2, 3, 4, 5]


async def test_an_ack_goes_never_back(alice, bob, direct, draft, connect, store, status_of):
    await store(sending.send, [draft(alice, direct, str(n)) for n in range(5)])
    a, b = await connect(alice), await connect(bob)
    await b.seqs(5)
    await b.ack(4)
    assert (await a.wait_for("marks"))["sent"] == 4
    await b.ack(1)
    await b.ack(0)
    await b.ack(5)
    assert (await a.wait_for("marks"))["sent"] == 5
    assert (await store(Inbox.objects.get, pk=bob.pk)).acked_seq == 5
    assert set((await status_of(bob)).values()) == {"sent"}


async def test_an_ack_keeps_its_time(alice, bob, direct, draft, connect, store):
    """Later acks do not write again what is sent already."""
    await store(sending.send, [draft(alice, direct, str(n)) for n in range(2)])
    a, b = await connect(alice), await connect(bob)
    await b.seqs(2)
    await b.ack(1)
    await a.wait_for("marks")
    first = await store(Delivery.objects.get, recipient=bob, seq=1)
    await b.ack(2)
    await a.wait_for("marks")
    assert (await store(Delivery.objects.get, recipient=bob, seq=1)).sent_at == first.sent_at


async def test_what_is_not_acked_is_counted_in_the_next_welcome(alice, bob, connect):
    a, b = await connect(alice), await connect(bob)
    for n in range(4):
        await a.tell(str(n), to=bob.pk)
    await b.seqs(4)
    await b.ack(3)
    await a.wait_for("marks")
    again = await connect(bob)
    assert (again.welcome["unsent"], again.welcome["from"]) == (1, 3)
    assert await again.seqs(1) == [4]


async def test_what_one_sent_oneself_is_not_unsent(alice, bob, connect, status_of):
    a = await connect(alice)
    for n in range(3):
        await a.tell(str(n), to=bob.pk)
    again = await connect(alice)
    assert (again.welcome["unsent"], again.welcome["from"], again.welcome["unread"]) == (0, 3, 0)


async def test_two_devices_ack_each_what_it_has(alice, bob, connect, other_node, status_of):
    a, phone, desktop = await connect(alice), await connect(bob), await connect(bob, other_node)
    for n in range(5):
        await a.tell(str(n), to=bob.pk)
    await phone.seqs(5)
    await desktop.seqs(5)
    await phone.ack(3)
    assert (await a.wait_for("marks"))["sent"] == 3
    await desktop.ack(2)
    await desktop.ack(4)
    assert (await a.wait_for("marks"))["sent"] == 4
    assert await status_of(bob) == {1: "sent", 2: "sent", 3: "sent", 4: "sent", 5: "unsent"}


async def test_the_window_is_each_devices_own(alice, bob, connect, other_node):
    """What the phone acknowledges makes `sent`, and leaves the desktop's window as full as it was."""
    a, phone, desktop = await connect(alice), await connect(bob), await connect(bob, other_node)
    for n in range(8):
        await a.tell(str(n), to=bob.pk)
    await phone.seqs(5)
    await desktop.seqs(5)
    await phone.ack(5)
    assert await phone.seqs(3) == [6, 7, 8]
    assert await desktop.pong() == []
    await desktop.ack(5)
    assert await desktop.seqs(3) == [6, 7, 8]


async def test_answers_need_no_place_in_the_window(alice, bob, connect):
    """A client that only sends acknowledges nothing, since `accepted` came in the place of its events."""
    a = await connect(alice)
    for n in range(30):
        assert (await a.tell(str(n), to=bob.pk))["seq"] == n + 1


async def test_hints_and_answers_come_while_the_window_is_full(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    for n in range(10):
        await a.tell(str(n), to=bob.pk)
    await b.seqs(5)
    await a.send({"type": "read", "conversation": direct.pk, "number": 1})
    await b.say("mine", to=2**40)
    await b.expect_error("not_found")
    assert await b.pong() == []


async def test_the_answer_waits_behind_a_full_window(alice, bob, connect):
    """In order and without holes holds for `accepted` too."""
    a, b = await connect(alice), await connect(bob)
    for n in range(7):
        await a.tell(str(n), to=bob.pk)
    await b.seqs(5)
    await b.say("mine", to=alice.pk)
    await a.expect("message")
    assert await b.pong() == []
    await b.ack(5)
    assert [(await b.next())["type"] for _ in range(3)] == ["message", "message", "accepted"]


async def test_the_pong_tells_the_head(alice, bob, connect, node):
    a, b = await connect(alice), await connect(bob)
    for n in range(7):
        await a.tell(str(n), to=bob.pk)
    await b.seqs(5)
    (deaf,) = (connection for connection in node.connections() if connection.user_id == bob.pk)
    await eventually(lambda: deaf.head == 7)
    await b.send({"type": "ping", "t": 1})
    assert await b.expect("pong") == {"type": "pong", "t": 1, "head": 7}
