"""Marks: how far the others got and read. Hints, for the parties of a conversation and nobody else."""

from messages_store.models import Member


async def read(device, conversation, number) -> None:
    await device.send({"type": "read", "conversation": conversation.pk, "number": number})


async def marks(device) -> dict:
    frame = await device.wait_for("marks")
    frame.pop("type")
    return frame


async def test_sent_reaches_the_other_party(alice, bob, charlie, direct, connect, other_node):
    a, b, c = await connect(alice), await connect(bob, other_node), await connect(charlie)
    accepted = await a.tell("x", conversation=direct.pk)
    await b.expect("message")
    await b.ack(1)
    assert await marks(a) == {"conversation": direct.pk, "user": bob.pk, "sent": accepted["number"]}
    assert await b.pong() == await c.pong() == []


async def test_read_reaches_the_other_party(alice, bob, charlie, direct, connect, other_node):
    a, b, c = await connect(alice), await connect(bob, other_node), await connect(charlie)
    await a.tell("x", conversation=direct.pk)
    await b.expect("message")
    await read(b, direct, 1)
    assert await marks(a) == {"conversation": direct.pk, "user": bob.pk, "read": 1}
    assert await b.pong() == await c.pong() == []


async def test_sent_and_read_at_once_are_one_mark(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    await a.tell("x", conversation=direct.pk)
    await b.expect("message")
    await b.ack(1)
    await read(b, direct, 1)
    assert await marks(a) == {"conversation": direct.pk, "user": bob.pk, "sent": 1, "read": 1}
    assert await a.pong() == []


async def test_numbers_are_the_conversations_not_the_inboxs(alice, bob, charlie, direct, connect):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    for _ in range(3):
        await c.tell("x", to=bob.pk)
    await a.tell("x", conversation=direct.pk)
    assert await b.seqs(4) == [1, 2, 3, 4]
    await b.ack(4)
    assert (await marks(a))["sent"] == 1
    assert (await marks(c))["sent"] == 3


async def test_many_acks_and_reads_of_a_moment_are_one_mark(alice, bob, direct, connect, settings):
    settings.IM_GATHER_SECONDS = 0.2
    a, b = await connect(alice), await connect(bob)
    for _ in range(5):
        await a.tell("x", conversation=direct.pk)
    await b.seqs(5)
    for n in range(1, 6):
        await b.ack(n)
        await read(b, direct, n)
    assert await marks(a) == {"conversation": direct.pk, "user": bob.pk, "sent": 5, "read": 5}
    assert await a.pong() == []


async def test_everybody_in_a_small_group_hears_of_it(alice, bob, charlie, dora, group, connect, settings):
    settings.IM_MARKS_MEMBERS = 3
    a, b, c, d = [await connect(user) for user in (alice, bob, charlie, dora)]
    await a.tell("lunch?", conversation=group.pk)
    await b.expect("message")
    await d.expect("message")
    await read(b, group, 1)
    expected = {"conversation": group.pk, "user": bob.pk, "read": 1}
    assert await marks(a) == await marks(d) == expected
    assert await b.pong() == await c.pong() == []


async def test_large_groups_get_no_marks(alice, bob, dora, group, direct, connect, settings, store):
    settings.IM_MARKS_MEMBERS = 2
    a, b, d = [await connect(user) for user in (alice, bob, dora)]
    await a.tell("lunch?", conversation=group.pk)
    await a.tell("only you", conversation=direct.pk)
    await b.seqs(2)
    await d.expect("message")
    await read(b, group, 1)
    await read(b, direct, 1)
    assert (await marks(a))["conversation"] == direct.pk
    assert await a.pong() == await d.pong() == []
    assert (await store(Member.objects.get, conversation=group, user=bob)).read_number == 1


async def test_a_foreign_conversation_is_none_of_ones_business(alice, bob, charlie, direct, group, connect, store):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    await a.tell("between us", conversation=direct.pk)
    await b.expect("message")
    for number in (0, 1, 2**53 - 1):
        await read(c, direct, number)
        await read(c, group, number)
        await c.send({"type": "read", "conversation": 2**53 - 1, "number": number})
    await c.tell("x", to=alice.pk)
    await read(c, direct, 1)
    assert await c.pong() == []
    assert (await a.next())["message"]["body"] == "x"
    await b.ack(1)
    assert (await marks(a))["user"] == bob.pk  # and no mark of Charlie's before
    assert await store(lambda: not Member.objects.filter(conversation=direct, user=charlie).exists())


async def test_who_has_left_marks_nothing(alice, bob, dora, group, connect, store):
    a, b, d = [await connect(user) for user in (alice, bob, dora)]
    await a.tell("x", conversation=group.pk)
    await b.expect("message")
    await d.expect("message")
    await store(lambda: group.members.filter(user=bob).update(left_at="2026-01-01T00:00Z"))
    await read(b, group, 1)
    await b.pong()
    await read(d, group, 1)
    assert (await marks(a))["user"] == dora.pk


async def test_a_mark_goes_no_further_than_the_conversation_and_never_back(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    for _ in range(3):
        await a.tell("x", conversation=direct.pk)
    await b.seqs(3)
    await read(b, direct, 2**53 - 1)
    assert (await marks(a))["read"] == 3
    await read(b, direct, 1)
    await b.ack(3)
    assert await marks(a) == {"conversation": direct.pk, "user": bob.pk, "sent": 3}


async def test_the_welcome_counts_what_is_unread(alice, bob, charlie, direct, connect):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    for _ in range(3):
        await a.tell("x", conversation=direct.pk)
    for _ in range(2):
        await c.tell("x", to=bob.pk)
    await b.seqs(5)
    await read(b, direct, 2)
    await marks(a)
    assert (await connect(bob)).welcome["unread"] == 3


async def test_who_answers_has_read(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    for _ in range(3):
        await a.tell("x", conversation=direct.pk)
    await b.seqs(3)
    assert (await connect(bob)).welcome["unread"] == 3
    await b.tell("answer", conversation=direct.pk)
    assert (await connect(bob)).welcome["unread"] == 0
