"""Group commit: what arrives while one transaction is on its way becomes the next; and what happens when it fails."""

import asyncio
import threading
import time
from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError

from chat import database, runtime, writer
from messages_store import sql
from messages_store.changes import Edit
from messages_store.models import Message
from messages_store.services import receipts, rows, sending

from .conftest import NEVER, PATIENCE, Counted, eventually


class Gate:
    """Holds the calls of a service until it opens."""

    def __init__(self, service: Counted):
        self.service = service
        self._open = threading.Event()
        service.before = lambda: self._open.wait(PATIENCE)

    async def entered(self) -> None:
        await eventually(lambda: self.service.calls)

    def open(self) -> None:
        self._open.set()

    @property
    def batches(self) -> list[int]:
        """How many messages each transaction stored."""
        return [len(drafts) for (drafts,), _ in self.service.calls]


@pytest.fixture
def gate(watch):
    gate = Gate(watch(sending, "send"))
    yield gate
    gate.open()


@pytest.fixture
def failing(watch):
    """Let a service fail its next calls: failing(sending, "send", OperationalError, 2)."""

    def fail(owner, name: str, error: type[Exception], times: int) -> Counted:
        service = watch(owner, name)

        def before():
            if len(service.calls) <= times:
                raise error("gone")

        service.before = before
        return service

    return fail


async def test_one_message_alone_waits_for_nobody(alice, bob, connect, watch):
    send = watch(sending, "send")
    a = await connect(alice)
    for n in range(3):
        await a.tell(str(n), to=bob.pk)
    assert [len(drafts) for (drafts,), _ in send.calls] == [1, 1, 1]


async def test_what_arrives_meanwhile_is_the_next_transaction(alice, bob, charlie, connect, gate):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    await a.say("first", to=bob.pk)
    await gate.entered()
    for n in range(10):
        for device, to in ((a, bob), (b, alice), (c, bob)):
            await device.say(str(n), to=to.pk)
    for device in (a, b, c):
        await device.pong()
    gate.open()
    for device, answers in ((a, 11), (b, 10), (c, 10)):
        for _ in range(answers):
            await device.wait_for("accepted")
    assert gate.batches == [1, 30]


async def test_a_transaction_is_not_without_bound(alice, bob, connect, gate, settings):
    settings.IM_BATCH = 4
    a = await connect(alice)
    await a.say("first", to=bob.pk)
    await gate.entered()
    for n in range(10):
        await a.say(str(n), to=bob.pk)
    await a.pong()
    gate.open()
    assert await a.seqs(11) == list(range(1, 12))
    assert gate.batches == [1, 4, 4, 2]


async def test_who_sends_much_does_not_keep_the_others_waiting(alice, bob, connect, gate, settings):
    settings.IM_BATCH = 4
    a, b = await connect(alice), await connect(bob)
    await a.say("first", to=bob.pk)
    await gate.entered()
    for n in range(10):
        await a.say(f"a {n}", to=bob.pk)
    await a.pong()
    for n in range(2):
        await b.say(f"b {n}", to=alice.pk)
    await b.pong()
    gate.open()
    await a.seqs(13)
    assert gate.batches == [1, 4, 4, 4]
    bodies = [draft.body for (drafts,), _ in gate.service.calls for draft in drafts]
    assert bodies == ["first", "a 0", "b 0", "a 1", "b 1", *(f"a {n}" for n in range(2, 10))]


async def test_a_full_queue_answers_busy_at_once(alice, bob, connect, gate, settings, node):
    settings.IM_QUEUE = 5
    a, b = await connect(alice), await connect(bob)
    first = await a.say("first", to=bob.pk)
    await gate.entered()
    taken = [await a.say(str(n), to=bob.pk) for n in range(5)]
    refused = [await device.say("too many", to=to.pk) for device, to in ((a, bob), (b, alice), (a, bob))]
    errors = [await a.expect_error("busy"), await b.expect_error("busy"), await a.expect_error("busy")]
    assert {error["client_id"] for error in errors} == set(refused)
    assert all(error["retry_after"] > 0 for error in errors)
    assert node.sender.waiting == 5
    gate.open()
    assert [(await a.expect("accepted"))["client_id"] for _ in range(6)] == [first, *taken]
    assert (await a.tell("too many", to=bob.pk, client_id=refused[0]))["seq"] == 7


async def test_one_connection_may_have_so_many_without_an_answer(alice, bob, connect, gate, settings):
    settings.IM_PENDING_SENDS = 3
    a, b = await connect(alice), await connect(bob)
    taken = [await a.say(str(n), to=bob.pk) for n in range(3)]
    await gate.entered()
    client_id = await a.say("one more", to=bob.pk)
    error = await a.expect_error("busy")
    assert error["client_id"] == client_id
    assert error["retry_after"] > 0
    await b.say("a neighbour's", to=alice.pk)
    assert await b.pong() == []
    gate.open()
    seen = [await a.next() for _ in range(4)]
    assert [frame["client_id"] for frame in seen if frame["type"] == "accepted"] == taken
    await a.ack(4)
    assert (await a.tell("one more", to=bob.pk, client_id=client_id))["seq"] == 5


async def test_the_same_message_again_and_again_is_counted_each_time(alice, bob, connect, gate, settings):
    settings.IM_PENDING_SENDS = 3
    a = await connect(alice)
    client_id = str(uuid4())
    for _ in range(5):
        await a.say("again", to=bob.pk, client_id=client_id)
    assert [(await a.expect_error("busy"))["client_id"] for _ in range(2)] == [client_id] * 2
    gate.open()
    answers = [await a.expect("accepted") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert await a.pong() == []


async def test_a_device_that_never_acks_cannot_pile_up_what_waits_for_its_answer(alice, bob, connect, settings, node):
    """Its own message stands behind a full window; it repeats it without end."""
    settings.IM_WINDOW, settings.IM_PENDING_SENDS = 2, 5
    a, b = await connect(alice), await connect(bob)
    for n in range(3):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(2) == [1, 2]
    client_id = str(uuid4())
    for _ in range(20):
        await b.say("again", to=alice.pk, client_id=client_id)
    errors = [await b.expect_error("busy") for _ in range(15)]
    assert {error["client_id"] for error in errors} == {client_id}
    await a.expect("message")
    await b.ack(2)
    assert (await b.expect("message"))["seq"] == 3
    assert [(await b.expect("accepted"))["seq"] for _ in range(1)] == [4]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
async def test_a_lost_connection_is_nobodys_business(alice, bob, connect, failing, error):
    send = failing(sending, "send", error, 1)
    a, b = await connect(alice), await connect(bob)
    accepted = await a.tell("x", to=bob.pk)
    assert (await b.expect("message"))["message"]["id"] == accepted["message"]
    assert len(send.calls) == 2
    assert await a.pong() == []


async def test_a_transaction_that_stands_still_gives_its_locks_back(alice, bob, connect, monkeypatch, store):
    """As a frozen process would hold them. PostgreSQL takes them back; SQLite's one writer is this process."""
    calls, real = [], rows.members

    def stand_still(numbers):
        calls.append(numbers)
        if len(calls) == 1:
            time.sleep(1.5)
        return real(numbers)

    monkeypatch.setattr(database, "HOLDS_LOCKS", 1_000)
    monkeypatch.setattr(rows, "members", stand_still)
    a, b = await connect(alice), await connect(bob)
    await a.tell("x", to=bob.pk)
    await b.expect("message")
    assert len(calls) == (2 if sql.is_postgresql() else 1)
    assert await store(Message.objects.count) == 1


async def test_a_connection_that_is_lost_after_the_commit_stores_nothing_twice(alice, bob, connect, monkeypatch, store):
    real, lost = sending.send, []

    def lose_the_answer(drafts):
        sent = real(drafts)
        if not lost:
            lost.append(1)
            raise OperationalError("lost")
        return sent

    monkeypatch.setattr(sending, "send", lose_the_answer)
    a, b = await connect(alice), await connect(bob)
    accepted = await a.tell("x", to=bob.pk)
    assert (await b.expect("message"))["message"]["id"] == accepted["message"]
    assert await store(Message.objects.count) == 1
    assert await a.pong() == await b.pong() == []


async def test_without_the_store_everybody_is_busy_and_stays(alice, bob, connect, failing):
    failing(sending, "send", OperationalError, 4)
    a, b = await connect(alice), await connect(bob)
    client_id = str(uuid4())
    for _ in range(2):
        await a.say("x", to=bob.pk, client_id=client_id)
        error = await a.expect_error("busy")
        assert error["client_id"] == client_id
        assert error["retry_after"] > 0
        assert await a.pong() == []
    assert (await a.tell("x", to=bob.pk, client_id=client_id))["seq"] == 1
    await b.expect("message")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(writer, "PATIENCE", 0.1)


async def test_a_transaction_that_hangs_keeps_nobody_waiting(alice, bob, connect, gate, impatient, node):
    """What is on its way, what is behind it, and what comes later are told `busy`, each once."""
    a, b = await connect(alice), await connect(bob)
    on_its_way = await a.say("on its way", to=bob.pk)
    await gate.entered()
    behind = await b.say("behind it", to=alice.pk)
    assert (await a.expect_error("busy"))["client_id"] == on_its_way
    assert (await b.expect_error("busy"))["client_id"] == behind
    later = await b.say("later", to=alice.pk)
    assert (await b.expect_error("busy"))["client_id"] == later
    assert node.sender.waiting == 0
    assert await a.pong() == await b.pong() == []
    gate.open()


async def test_a_change_that_came_with_messages_waits_no_longer_than_they(
    alice, bob, direct, draft, gate, impatient, node
):
    """It is for another transaction, and of one that hangs it is told too."""
    told = []
    change = Edit(alice.pk, 1, "edited")
    for what in (draft(alice, direct, "on its way"), change, draft(bob, direct, "with it")):
        node.sender.send(what, lambda token, outcome, event: told.append((token, outcome)))
    await gate.entered()
    assert gate.batches == [2]
    await eventually(lambda: len(told) == 3)
    assert {token: outcome.code for token, outcome in told}[change.token] == "busy"
    gate.open()
    await eventually(lambda: len(told) == 5)  # a connection passes over the second answer


async def test_what_was_on_its_way_for_too_long_is_stored_once(
    alice, bob, connect, gate, impatient, store, monkeypatch
):
    """It comes as an event, as to any other device; who sends it again gets the answer."""
    a, b = await connect(alice), await connect(bob)
    client_id = await a.say("x", to=bob.pk)
    await a.expect_error("busy")
    monkeypatch.setattr(writer, "PATIENCE", NEVER)
    gate.open()
    assert (await a.expect("message"))["message"]["client_id"] == client_id
    assert (await b.expect("message"))["seq"] == 1
    assert (await a.tell("x", to=bob.pk, client_id=client_id))["seq"] == 1
    assert await store(Message.objects.count) == 1
    assert await a.pong() == await b.pong() == []


async def test_a_fault_of_ours_is_answered_and_logged_and_over(alice, bob, connect, failing, caplog):
    failing(sending, "send", RuntimeError, 1)
    a = await connect(alice)
    client_id = await a.say("x", to=bob.pk)
    await a.expect_error("busy")
    assert "Storing 1 messages failed" in caplog.text
    caplog.clear()
    await a.tell("x", to=bob.pk, client_id=client_id)


async def test_acks_and_reads_are_taken_back_while_the_store_is_away(alice, bob, direct, connect, failing, status_of):
    record = failing(receipts, "record", OperationalError, 2)
    a, b = await connect(alice), await connect(bob)
    for _ in range(3):
        await a.tell("x", conversation=direct.pk)
    await b.seqs(3)
    await b.ack(1)
    await b.send({"type": "read", "conversation": direct.pk, "number": 2})
    await eventually(lambda: len(record.calls) >= 2)
    await b.ack(2)  # what comes meanwhile counts too
    mark = await a.wait_for("marks")
    assert (mark["sent"], mark["read"]) == (2, 2)
    assert await status_of(bob) == {1: "sent", 2: "sent", 3: "unsent"}


async def test_the_reads_that_wait_for_the_store_are_bounded(bob, node, connect, failing, settings):
    settings.IM_QUEUE = 10
    record = failing(receipts, "record", OperationalError, 2)
    b = await connect(bob)
    for conversation in range(1, 51):
        await b.send({"type": "read", "conversation": conversation, "number": 1})
    await b.pong()
    await eventually(lambda: len(record.calls) >= 3)
    assert max(len(keywords["reads"]) for _, keywords in record.calls) == 10


async def test_a_fault_of_ours_does_not_end_the_receipts(alice, bob, connect, failing, caplog):
    record = failing(receipts, "record", RuntimeError, 1)
    a, b = await connect(alice), await connect(bob)
    await a.tell("x", to=bob.pk)
    await a.tell("y", to=bob.pk)
    await b.seqs(2)
    await b.ack(1)
    await eventually(lambda: "receipts" in caplog.text)
    caplog.clear()
    await b.ack(2)
    assert (await a.wait_for("marks"))["sent"] == 2
    assert len(record.calls) == 2


async def test_many_acks_are_one_transaction(alice, bob, connect, watch, settings):
    settings.IM_GATHER_SECONDS = 0.1
    a, b = await connect(alice), await connect(bob)
    for n in range(20):
        await a.tell(str(n), to=bob.pk)
    record = watch(receipts, "record")
    for seq in await b.seqs(20):
        await b.ack(seq)
    assert (await a.wait_for("marks"))["sent"] == 20
    assert len(record.calls) == 1


async def test_a_slow_store_delays_no_ping(alice, bob, connect, gate):
    a, b = await connect(alice), await connect(bob)
    await a.say("x", to=bob.pk)
    await gate.entered()
    for _ in range(20):
        assert await a.pong() == await b.pong() == []


async def test_who_leaves_before_the_answer_leaves_the_message(alice, bob, connect, gate, node):
    a, b = await connect(alice), await connect(bob)
    await a.say("farewell", to=bob.pk)
    await gate.entered()
    await a.leave()
    gate.open()
    assert (await b.expect("message"))["message"]["body"] == "farewell"


async def test_a_stopping_node_finishes_what_it_began(alice, bob, connect, start_node, gate, store):
    node = start_node("stopping")
    a = await connect(alice, node)
    for n in range(5):
        await a.say(str(n), to=bob.pk)
    await gate.entered()
    await a.pong()
    stopping = asyncio.create_task(node.stop(within=PATIENCE))
    assert await a.closed() == 4000
    assert not stopping.done()
    gate.open()
    await a.leave()
    await stopping
    assert await store(Message.objects.count) == 5


async def test_a_task_of_the_node_that_failed_begins_again(alice, bob, connect, node, monkeypatch, caplog):
    """A writer that is dead and takes messages would be the worst of all nodes."""
    monkeypatch.setattr(runtime, "STUMBLED", 0.01)
    real, failed = node.sender._answer, []

    def answer(*parts):
        monkeypatch.setattr(node.sender, "_answer", real)
        failed.append(parts)
        raise RuntimeError

    monkeypatch.setattr(node.sender, "_answer", answer)
    a, b = await connect(alice), await connect(bob)
    await a.say("unanswered", to=bob.pk)
    await eventually(lambda: failed)
    await a.say("answered", to=bob.pk)
    assert await b.seqs(2) == await a.seqs(2) == [1, 2]
    assert "Sender.run failed; it begins again" in caplog.text
    caplog.clear()
