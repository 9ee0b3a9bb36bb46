"""Edits and recalls on the socket: `accepted` for who asks, `edited` and `recalled` for everybody else, in order."""

import asyncio
import json
from uuid import uuid4

import pytest
from django.test import Client

from messages_store.changes import Edit
from messages_store.models import Message
from messages_store.services import editing, sending

from .conftest import eventually
from .rigged import none_at_all


async def edit(device, message: int, body: str) -> None:
    await device.send({"type": "edit", "message": message, "body": body})


async def recall(device, message: int) -> None:
    await device.send({"type": "recall", "message": message})


async def test_an_edit_is_accepted_and_everybody_else_gets_it(alice, bob, direct, connect, other_node):
    a, own, b = await connect(alice), await connect(alice, other_node), await connect(bob, other_node)
    said = await a.tell("hello", conversation=direct.pk)
    await edit(a, said["message"], "hello, Bob")
    accepted = await a.expect("accepted")
    assert accepted == said | {"seq": 2, "edited_at": accepted["edited_at"]}
    for device in (own, b):
        first = await device.expect("message")
        edited = await device.expect("edited")
        assert edited["seq"] == 2
        assert edited["message"] == first["message"] | {"body": "hello, Bob", "edited_at": accepted["edited_at"]}
    assert await a.pong() == await own.pong() == await b.pong() == []


async def test_a_recall_too_and_it_says_nothing_any_more(alice, bob, direct, connect, other_node, store):
    a, b = await connect(alice), await connect(bob, other_node)
    said = await a.tell("hello", conversation=direct.pk, data={"secret": 1})
    await recall(a, said["message"])
    accepted = await a.expect("accepted")
    assert accepted == said | {"seq": 2, "recalled_at": accepted["recalled_at"]}
    first = await b.expect("message")
    recalled = await b.expect("recalled")
    gone = {"body": "", "data": None, "recalled_at": accepted["recalled_at"]}
    assert recalled == {"type": "recalled", "seq": 2, "message": first["message"] | gone}
    found = await store(Message.objects.get)
    assert (found.body, found.data) == ("", None)


async def test_who_was_away_gets_the_message_as_it_is_now(alice, bob, direct, connect):
    a = await connect(alice)
    said = await a.tell("hello", conversation=direct.pk)
    await recall(a, said["message"])
    await a.expect("accepted")
    b = await connect(bob)
    for type in ("message", "recalled"):
        frame = await b.expect(type)
        assert (frame["message"]["body"], frame["message"]["id"]) == ("", said["message"])


async def test_the_answer_takes_its_place_among_the_events(alice, bob, direct, connect, other_node):
    """Both change what they said while both talk; each sees every seq once and in order."""
    a, b = await connect(alice), await connect(bob, other_node)
    said = [(await a.tell("a", conversation=direct.pk))["message"]]
    await b.expect("message")
    said.append((await b.tell("b", conversation=direct.pk))["message"])
    await a.expect("message")
    for n in range(10):
        for device, own in zip((a, b), said, strict=True):
            await edit(device, own, f"edit {n}")
            await device.say(f"more {n}", conversation=direct.pk)
    seen_by_a = [await a.next() for _ in range(40)]
    seen_by_b = [await b.next() for _ in range(40)]
    for seen in (seen_by_a, seen_by_b):
        assert [frame["seq"] for frame in seen] == list(range(3, 43))
        assert sorted(frame["type"] for frame in seen) == ["accepted"] * 20 + ["edited"] * 10 + ["message"] * 10
        answers = [frame for frame in seen if frame["type"] == "accepted"]
        assert sum("edited_at" in answer for answer in answers) == 10
    assert await a.pong() == await b.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_the_answer_waits_for_what_comes_before_it(alice, bob, direct, connect, rigged_node, rigged):
    """Bob's message is in Alice's inbox before her edit, but its ring got lost."""
    a, b = await connect(alice), await connect(bob, rigged_node)
    said = await a.tell("hello", conversation=direct.pk)
    rigged.rule = none_at_all
    await b.expect("message")
    await b.tell("before", conversation=direct.pk)
    await edit(a, said["message"], "after")
    assert (await a.expect("message"))["seq"] == 2
    assert (await a.expect("accepted"))["seq"] == 3
    assert await a.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_several_edits_behind_a_gap_get_their_own_answers(alice, bob, direct, connect, rigged_node, rigged):
    a, b = await connect(alice), await connect(bob, rigged_node)
    said = await a.tell("hello", conversation=direct.pk)
    rigged.rule = none_at_all
    await b.expect("message")
    await b.tell("before", conversation=direct.pk)
    for body in ("one", "two", "two"):
        await edit(a, said["message"], body)
    await recall(a, said["message"])
    assert (await a.expect("message"))["seq"] == 2
    answers = [await a.expect("accepted") for _ in range(4)]
    assert [answer["seq"] for answer in answers] == [3, 4, 4, 5]
    assert [sorted(answer.keys() & {"edited_at", "recalled_at"}) for answer in answers[-1:]] == [
        ["edited_at", "recalled_at"]
    ]
    assert await a.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_an_edit_again_whose_event_was_missed_is_answered_by_the_event(alice, bob, direct, connect, store):
    """Changed by another node, whose ring was lost: the answer is the event, and the event does not follow."""
    a = await connect(alice)
    said = await a.tell("hello", conversation=direct.pk)
    outcome = (await store(editing.change, [Edit(alice.pk, said["message"], "again")])).outcomes[0]
    await edit(a, said["message"], "again")
    accepted = await a.expect("accepted")
    assert (accepted["seq"], accepted["edited_at"]) == (outcome.seq, outcome.edited_at)
    assert await a.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_an_edit_to_what_is_said_already_is_answered_behind_the_message(
    alice, bob, direct, connect, draft, store
):
    """Said by another device, whose ring was lost: the message comes, and then the answer."""
    a = await connect(alice)
    [said] = (await store(sending.send, [draft(alice, direct, "hello")])).outcomes
    await edit(a, said.message, "hello")
    assert (await a.expect("message"))["seq"] == said.seq
    accepted = await a.expect("accepted")
    assert (accepted["message"], accepted["seq"]) == (said.message, said.seq)
    assert await a.pong() == []


@pytest.mark.usefixtures("never_look")
@pytest.mark.parametrize("last", ["edit", "recall"])
async def test_changes_that_are_read_before_their_answers_come_have_one_frame_each(
    alice, bob, direct, connect, node, monkeypatch, last
):
    """They are stored in one transaction; the inbox is read for another event when it is over and nobody is told yet.

    What is read has the words of the last change: it does not tell which change an entry was.
    """
    a = await connect(alice)
    said = await a.tell("hello", conversation=direct.pk)
    (connection,) = node.connections()
    store = node.sender._threads.run

    async def read_first(service, batch):
        sent = await store(service, batch)
        connection.look(max(outcome.seq for outcome in sent.outcomes))
        await eventually(lambda: connection._refilling is None)
        return sent

    monkeypatch.setattr(node.sender._threads, "run", read_first)
    await edit(a, said["message"], "one")
    await (edit(a, said["message"], "two") if last == "edit" else recall(a, said["message"]))
    assert [(await a.expect("accepted"))["seq"] for _ in range(2)] == [2, 3]
    assert await a.pong() == []


async def test_the_same_edit_again_gets_the_same_answer(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    said = await a.tell("hello", conversation=direct.pk)
    answers = []
    for _ in range(2):
        await edit(a, said["message"], "again")
        answers.append(await a.expect("accepted"))
    assert answers[0] == answers[1]
    assert await b.seqs(2) == [1, 2]
    assert await b.pong() == []


async def test_the_first_send_again_gets_its_first_answer(alice, bob, direct, connect):
    a, b = await connect(alice), await connect(bob)
    said = await a.tell("hello", conversation=direct.pk)
    await recall(a, said["message"])
    await a.expect("accepted")
    assert await a.tell("hello", conversation=direct.pk, client_id=said["client_id"]) == said
    await a.say("", conversation=direct.pk, client_id=said["client_id"], data={})
    assert (await a.expect_error("conflict"))["client_id"] == said["client_id"]
    assert await b.seqs(2) == [1, 2]


async def test_a_send_whose_message_was_edited_before_its_answer_came_is_answered_once(
    alice, bob, direct, connect, draft, store
):
    """Sent by another connection and edited at once; this one sends it again before it has seen either."""
    a = await connect(alice)
    hello = draft(alice, direct, "hello")

    def say_and_edit():
        said = sending.send([hello]).outcomes[0]
        editing.change([Edit(alice.pk, said.message, "changed")])
        return said

    said = await store(say_and_edit)
    await a.say("hello", conversation=direct.pk, client_id=str(hello.client_id))
    frames = [frame for frame in [await a.next(), await a.next()] if frame["type"] == "accepted"]
    assert len(frames) == 1
    assert (frames[0]["message"], frames[0]["seq"]) == (said.message, 1)
    assert "edited_at" not in frames[0]
    seqs = [frame["seq"] for frame in await a.pong() if frame["type"] != "edited"]
    assert seqs in ([], [1])


@pytest.mark.parametrize("change", [edit, lambda device, message, _: recall(device, message)])
async def test_an_error_says_which_message_it_is_about(alice, bob, charlie, direct, connect, change):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    said = await a.tell("hello", conversation=direct.pk)
    await b.expect("message")
    for device, code, message in (
        (b, "forbidden", said["message"]),
        (c, "not_found", said["message"]),
        (c, "not_found", 2**40),
    ):
        await change(device, message, "mine")
        error = await device.expect_error(code)
        assert (error["message_id"], error.get("client_id")) == (message, None)
    assert await a.pong() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "edit"},
        {"type": "edit", "message": 1},
        {"type": "edit", "message": "1", "body": "x"},
        {"type": "edit", "message": 0, "body": "x"},
        {"type": "edit", "message": 2**53, "body": "x"},
        {"type": "edit", "message": 1, "body": None},
        {"type": "recall"},
        {"type": "recall", "message": -1},
        {"type": "recall", "message": 1.5},
    ],
)
async def test_what_is_no_change_is_invalid(alice, connect, wrong):
    a = await connect(alice)
    await a.send(wrong)
    await a.expect_error("invalid")
    assert await a.pong() == []


async def test_changes_and_messages_of_many_share_the_writer(alice, bob, direct, connect, other_node):
    """All that is asked at once is answered, and everybody ends with the same."""
    a, b = await connect(alice), await connect(bob, other_node)
    said = [(await a.tell(str(n), conversation=direct.pk))["message"] for n in range(10)]
    assert await b.seqs(10) == list(range(1, 11))
    await asyncio.gather(*(edit(a, message, "x") for message in said), b.say("hm", conversation=direct.pk))
    assert await a.seqs(11) == await b.seqs(11) == list(range(11, 22))
    assert await a.pong() == await b.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_what_is_done_by_rest_rings_at_who_is_connected(alice, bob, direct, connect, other_node, store):
    """Said, edited, recalled, and a group made: each is a frame at Bob's, and at Alice's own device."""
    a, b = await connect(alice), await connect(bob, other_node)

    async def call(method, path, body):
        client = Client(headers={"Authorization": f"Token {alice.key}"})
        data = json.dumps(body)
        answer = await store(client.generic, method, f"/api/v1/{path}", data, "application/json")
        assert answer.status_code in (200, 201)
        return answer.json()

    said = await call("POST", f"conversations/{direct.pk}/messages", {"client_id": str(uuid4()), "body": "hello"})
    await call("PATCH", f"messages/{said['message']}", {"body": "hello, Bob"})
    await call("DELETE", f"messages/{said['message']}", {})
    made = await call("POST", "conversations", {"title": "Lunch", "members": [bob.pk]})
    for device in (a, b):
        frames = [await device.next() for _ in range(4)]
        assert [frame["type"] for frame in frames] == ["message", "edited", "recalled", "message"]
        assert [frame["seq"] for frame in frames] == [1, 2, 3, 4]
        last = frames[-1]["message"]
        assert (last["conversation"], last["kind"], last["sender"]) == (made["id"], "system", None)
