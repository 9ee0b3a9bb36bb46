"""Sending: accepted once it is stored, in its place among the events, once for each client_id."""

import asyncio
from uuid import UUID, uuid4

import pytest

from messages_store.models import Message
from messages_store.services import conversations, sending

from .conftest import Counted
from .rigged import none_at_all


async def test_accepted_says_what_was_stored(alice, bob, direct, connect, store):
    a = await connect(alice)
    client_id = await a.say("hello", conversation=direct.pk)
    accepted = await a.expect("accepted")
    message = await store(Message.objects.get)
    created_at = accepted.pop("created_at")
    assert accepted == {
        "type": "accepted",
        "client_id": client_id,
        "message": message.pk,
        "conversation": direct.pk,
        "number": 1,
        "seq": 1,
    }
    assert created_at == message.created_at.isoformat().replace("+00:00", "Z")


async def test_the_message_has_all_of_its_fields(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    first = await a.tell("first", conversation=direct.pk)
    accepted = await a.tell("second", to=bob.pk, kind="sticker", data={"n": [1, "é", None]}, reply_to=first["message"])
    await b.expect("message")
    frame = await b.expect("message")
    assert frame == {
        "type": "message",
        "seq": 2,
        "message": {
            "id": accepted["message"],
            "conversation": direct.pk,
            "number": 2,
            "sender": alice.pk,
            "kind": "sticker",
            "body": "second",
            "data": {"n": [1, "é", None]},
            "client_id": accepted["client_id"],
            "created_at": accepted["created_at"],
            "edited_at": None,
            "recalled_at": None,
            "reply_to": first["message"],
        },
    }


async def test_accepted_takes_its_place_among_the_events(alice, bob, direct, connect, other_node):
    """Both talk at once; each sees every seq once and in order, its own as `accepted`, the other's as `message`."""
    a, b = await connect(alice), await connect(bob, other_node)
    for n in range(20):
        await a.say(f"a{n}", conversation=direct.pk)
        await b.say(f"b{n}", conversation=direct.pk)
    seen_by_a = [await a.next() for _ in range(40)]
    seen_by_b = [await b.next() for _ in range(40)]
    for seen in (seen_by_a, seen_by_b):
        assert [frame["seq"] for frame in seen] == list(range(1, 41))
        assert sorted(frame["type"] for frame in seen) == ["accepted"] * 20 + ["message"] * 20
    ids_of_a = [frame.get("client_id") or frame["message"]["client_id"] for frame in seen_by_a]
    ids_of_b = [frame.get("client_id") or frame["message"]["client_id"] for frame in seen_by_b]
    assert ids_of_a == ids_of_b
    assert await a.pong() == await b.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_the_answer_waits_for_what_comes_before_it(alice, bob, direct, connect, rigged_node, rigged):
    """Bob's message is in Alice's inbox before her own, but its ring got lost."""
    a, b = await connect(alice), await connect(bob, rigged_node)
    rigged.rule = none_at_all
    await b.tell("before", conversation=direct.pk)
    await a.say("after", conversation=direct.pk)
    assert (await a.expect("message"))["seq"] == 1
    assert (await a.expect("accepted"))["seq"] == 2


async def test_the_same_client_id_again_gets_the_same_answer(alice, bob, connect, store):
    a, b = await connect(alice), await connect(bob)
    first = await a.tell("once", to=bob.pk)
    second = await a.tell("once", to=bob.pk, client_id=first["client_id"])
    assert first == second
    assert len([await b.expect("message"), *await b.pong()]) == 1
    assert await store(Message.objects.count) == 1


async def test_the_same_client_id_again_after_coming_back(alice, bob, connect, other_node):
    """The first answer was lost with its connection."""
    client_id = str(uuid4())
    a = await connect(alice)
    first = await a.tell("once", to=bob.pk, client_id=client_id)
    await a.leave()
    a = await connect(alice, other_node, seq=0)
    assert (await a.expect("message"))["message"]["client_id"] == client_id
    assert await a.tell("once", to=bob.pk, client_id=client_id) == first
    assert await a.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_sent_again_before_the_missed_event_arrived(alice, bob, connect, draft, direct, store):
    """Stored by another node, whose ring was lost: the answer is the event, and the event does not follow."""
    a = await connect(alice)
    sent = (await store(sending.send, [draft(alice, direct, "once")])).outcomes[0]
    accepted = await a.tell("once", conversation=direct.pk, client_id=sent.client_id)
    assert (accepted["message"], accepted["seq"]) == (sent.message, sent.seq)
    assert await a.pong() == []


async def test_twice_at_once_gives_two_equal_answers_and_one_message(alice, bob, connect, store):
    a, b = await connect(alice), await connect(bob)
    client_id = str(uuid4())
    for _ in range(2):
        await a.say("once", to=bob.pk, client_id=client_id)
    assert await a.expect("accepted") == await a.expect("accepted")
    assert await a.pong() == []
    await b.expect("message")
    assert await b.pong() == []
    assert await store(Message.objects.count) == 1


async def test_twice_at_once_behind_a_gap_gives_two_answers(alice, bob, direct, connect, rigged_node, rigged):
    """Both are stored before what comes before them is there."""
    a, b = await connect(alice), await connect(bob, rigged_node)
    rigged.rule = none_at_all
    await b.tell("before", conversation=direct.pk)
    client_id = str(uuid4())
    for write in (str, str.upper, str):
        await a.say("once", to=bob.pk, client_id=write(client_id))
    assert (await a.expect("message"))["seq"] == 1
    answers = [await a.expect("accepted") for _ in range(3)]
    assert [answer["seq"] for answer in answers] == [2, 2, 2]
    assert [answer["client_id"] for answer in answers] == [client_id, client_id.upper(), client_id]
    assert await a.pong() == []


async def test_at_once_from_two_nodes_gives_one_message(alice, bob, connect, other_node, store):
    one, two, b = await connect(alice), await connect(alice, other_node), await connect(bob)
    for n in range(10):
        client_id = str(uuid4())
        await asyncio.gather(*(device.say(f"once {n}", to=bob.pk, client_id=client_id) for device in (one, two)))
        answers = [await one.expect("accepted"), await two.expect("accepted")]
        assert answers[0] == answers[1]
        assert answers[0]["seq"] == n + 1
    assert await one.pong() == await two.pong() == []
    assert await b.seqs(10) == list(range(1, 11))
    assert await b.pong() == []
    assert await store(Message.objects.count) == 10


@pytest.mark.parametrize("change", [{"body": "another"}, {"kind": "note"}, {"data": {"a": 1}}])
async def test_another_message_under_a_used_client_id_is_a_conflict(alice, bob, connect, store, change):
    a = await connect(alice)
    first = await a.tell("one", to=bob.pk)
    await a.say(**({"body": "one", "to": bob.pk, "client_id": first["client_id"]} | change))
    assert (await a.expect_error("conflict"))["client_id"] == first["client_id"]
    assert await store(Message.objects.count) == 1


async def test_both_at_once_under_one_client_id(alice, bob, connect):
    a = await connect(alice)
    client_id = str(uuid4())
    await a.say("one", to=bob.pk, client_id=client_id)
    await a.say("another", to=bob.pk, client_id=client_id)
    assert (await a.expect("accepted"))["client_id"] == client_id
    assert (await a.expect_error("conflict"))["client_id"] == client_id


async def test_a_client_id_belongs_to_its_sender(alice, bob, charlie, connect, store, watch):
    """Charlie chooses the client_id that Alice chose, in the same transaction. Neither hears of the other."""
    a, c = await connect(alice), await connect(charlie)
    client_id = str(uuid4())
    send: Counted = watch(sending, "send")
    await asyncio.gather(
        a.say("from alice", to=bob.pk, client_id=client_id), c.say("from charlie", to=bob.pk, client_id=client_id)
    )
    answers = [await a.expect("accepted"), await c.expect("accepted")]
    assert len(send.calls) == 1
    assert await a.pong() == await c.pong() == []
    found = await store(lambda: dict(Message.objects.values_list("pk", "sender")))
    assert [found[answer["message"]] for answer in answers] == [alice.pk, charlie.pk]


@pytest.mark.parametrize("where", ["their direct conversation", "their group", "none"])
async def test_what_one_is_not_in_does_not_exist(bob, charlie, direct, group, connect, store, where):
    c, b = await connect(charlie), await connect(bob)
    place = {"their direct conversation": direct.pk, "their group": group.pk, "none": 2**40}[where]
    client_id = await c.say("let me in", conversation=place)
    assert (await c.expect_error("not_found"))["client_id"] == client_id
    assert await b.pong() == []
    assert not await store(Message.objects.exists)


async def test_who_does_not_exist_gets_nothing(alice, connect):
    a = await connect(alice)
    client_id = await a.say("anybody?", to=2**40)
    assert (await a.expect_error("not_found"))["client_id"] == client_id


async def test_a_reply_to_what_others_said_is_not_found(alice, bob, charlie, direct, connect):
    a, c = await connect(alice), await connect(charlie)
    theirs = await a.tell("between us", conversation=direct.pk)
    await c.say("I heard", to=bob.pk, reply_to=theirs["message"])
    await c.expect_error("not_found")
    await a.say("not here", to=charlie.pk, reply_to=theirs["message"])
    await a.expect_error("not_found")


async def test_who_has_left_is_out(alice, bob, group, connect, store):
    await store(lambda: group.members.filter(user=bob).update(left_at="2026-01-01T00:00Z"))
    a, b = await connect(alice), await connect(bob)
    await b.say("still here?", conversation=group.pk)
    await b.expect_error("not_found")
    await a.tell("without Bob", conversation=group.pk)
    assert await b.pong() == []


async def test_a_message_to_oneself_is_refused(alice, connect):
    a = await connect(alice)
    client_id = await a.say("me", to=alice.pk)
    assert (await a.expect_error("invalid"))["client_id"] == client_id


async def test_a_text_that_is_too_long_is_refused(alice, bob, connect, settings):
    settings.IM_BODY_CHARACTERS = 10
    a = await connect(alice)
    client_id = await a.say("12345678901", to=bob.pk)
    assert (await a.expect_error("too_large"))["client_id"] == client_id
    await a.tell("1234567890", to=bob.pk)


async def test_data_that_is_too_large_is_refused(alice, bob, connect, settings):
    settings.IM_DATA_BYTES = 20
    a = await connect(alice)
    client_id = await a.say("x", to=bob.pk, data={"a": "x" * 20})
    assert (await a.expect_error("too_large"))["client_id"] == client_id


@pytest.mark.parametrize("client_id", ["1", "", "not-a-uuid", "é" * 30, "0" * 33, "\x00"])
async def test_a_client_id_must_be_a_uuid(alice, bob, connect, client_id):
    a = await connect(alice)
    await a.send({"type": "send", "client_id": client_id, "body": "x", "to": bob.pk})
    assert (await a.expect_error("invalid"))["client_id"] == client_id


@pytest.mark.parametrize("write", [str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}"])
async def test_the_client_id_comes_back_as_it_was_written(alice, bob, connect, other_node, write):
    a, other, b = await connect(alice), await connect(alice, other_node), await connect(bob)
    client_id = str(uuid4())
    await a.say("x", to=bob.pk, client_id=write(client_id))
    assert (await a.expect("accepted"))["client_id"] == write(client_id)
    assert (await b.expect("message"))["message"]["client_id"] == client_id
    assert (await other.expect("message"))["message"]["client_id"] == client_id
    await a.say("x", to=bob.pk, client_id=client_id)
    assert (await a.expect("accepted"))["client_id"] == client_id
    await a.say("y", to=bob.pk, client_id=write(client_id))
    assert (await a.expect_error("conflict"))["client_id"] == write(client_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"conversation": 1, "to": 1},
        {},
        {"to": 1, "kind": "system"},
        {"to": 1, "kind": "notification"},
        {"to": 1, "kind": "No Kind"},
        {"to": 1, "body": ""},
        {"to": 1, "body": " \n"},
        {"to": 0},
        {"to": -1},
        {"to": 2**53},
        {"to": 1.5},
        {"to": True},
        {"to": "1"},
        {"to": 1, "data": []},
        {"to": 1, "data": "x"},
        {"to": 1, "reply_to": 0},
        {"to": 1, "body": None},
        {"to": 1, "body": 5},
    ],
)
async def test_an_error_says_which_message_it_is_about(alice, connect, store, wrong):
    a = await connect(alice)
    client_id = str(uuid4())
    await a.send({"type": "send", "client_id": client_id, "body": "x"} | wrong)
    assert (await a.expect_error("invalid"))["client_id"] == client_id
    assert not await store(Message.objects.exists)


async def test_a_bad_message_takes_no_neighbour_along(alice, bob, charlie, direct, connect):
    a, c = await connect(alice), await connect(charlie)
    await asyncio.gather(
        a.say("good", conversation=direct.pk),
        c.say("bad", conversation=direct.pk),
        a.say("\0", conversation=direct.pk),
        a.say("also good", conversation=direct.pk),
    )
    await c.expect_error("not_found")
    frames = [await a.next() for _ in range(3)]
    assert sorted(frame["type"] for frame in frames) == ["accepted", "accepted", "error"]


async def test_two_who_write_to_each_other_for_the_first_time_at_once(alice, charlie, connect, other_node, store):
    a, c = await connect(alice), await connect(charlie, other_node)
    await asyncio.gather(a.say("hi", to=charlie.pk), c.say("hi", to=alice.pk))
    frames = [await device.next() for device in (a, a, c, c)]
    assert sorted(frame["type"] for frame in frames) == ["accepted", "accepted", "message", "message"]
    assert await store(lambda: Message.objects.values("conversation").distinct().count()) == 1


async def test_everybody_in_a_group_gets_it(alice, bob, charlie, dora, group, connect, other_node):
    a, b, c, d = [await connect(user, other_node) for user in (alice, bob, charlie, dora)]
    accepted = await a.tell("lunch?", conversation=group.pk)
    for device in (b, d):
        assert (await device.expect("message"))["message"]["id"] == accepted["message"]
    assert await c.pong() == []


async def test_conversations_are_numbered_each_for_itself(alice, bob, charlie, connect):
    a, b = await connect(alice), await connect(bob)
    numbers = [(await a.tell("x", to=user.pk))["number"] for user in (bob, charlie, bob, charlie)]
    assert numbers == [1, 1, 2, 2]
    assert await b.seqs(2) == [1, 2]


def test_the_directs_of_a_pair_are_one(alice, bob):
    one = conversations.open_direct(user_id=alice.pk, other_id=bob.pk)
    assert one == conversations.open_direct(user_id=bob.pk, other_id=alice.pk)


async def test_a_client_id_that_is_stored_is_the_one_that_was_sent(alice, bob, connect, store):
    a = await connect(alice)
    accepted = await a.tell("x", to=bob.pk)
    assert await store(lambda: Message.objects.get().client_id) == UUID(accepted["client_id"])
