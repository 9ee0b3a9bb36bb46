"""The Python client's socket and a real node: bots that answer, and what they keep when the node goes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from imsite.localservers import Node
from imsite_client import Backoff, Client, Closed, FileStore, MemoryStore, Socket
from messages_store.models import Delivery, Message, Token

from .real_nodes import PATIENCE

SOON = Backoff(base=0.05, most=0.2)


@pytest.fixture
def device(served):
    """device(alice): a Socket of hers, not entered yet."""
    return lambda user, **options: Socket(served.url, user.key, **{"backoff": SOON, **options})


@pytest.fixture
def served(serve) -> Node:
    return serve(IM_HEADS_SECONDS="0.5")


async def becomes(expected: object, read: Callable[[], Awaitable[object]]) -> None:
    """Wait until the store says so: a client's last words are heard after it has left."""
    found = await read()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while found != expected:
                await asyncio.sleep(0.02)
                found = await read()
    assert found == expected


async def answer(socket: Socket, questions: int) -> None:
    """The bot of the README, for so many questions."""
    async for event in socket:
        await socket.answer(event, f"You said: {event.message.body}")
        questions -= 1
        if not questions:
            await socket.handled(event)
            return


async def test_a_bot_answers_each_question_once_over_restarts_of_the_node(alice, bob, device, served, tmp_path, store):
    questions = [f"question {n}" for n in range(6)]
    async with asyncio.timeout(6 * PATIENCE), device(alice) as a:
        for part in (questions[:3], questions[3:]):
            async with device(bob, store=FileStore(tmp_path / "bob")) as b:
                for question in part:
                    await a.send(question, to=bob.pk)
                await answer(b, 2)
                await asyncio.to_thread(served.stop)
                await asyncio.to_thread(lambda: served.start().wait_ready())
                await answer(b, 1)
        got = []
        async for event in a:
            got.append(event.message.body)
            if len(got) == 6:
                await a.handled(event)
                break
        await a.emptied()
    assert got == [f"You said: {question}" for question in questions]
    bodies = await store(lambda: list(Message.objects.order_by("number").values_list("body", flat=True)))
    assert sorted(bodies) == sorted(questions + got)
    await becomes(0, lambda: store(lambda: Delivery.objects.exclude(status="sent").count()))


async def test_who_is_signed_out_is_told_and_stays_away(alice, bob, device, store):
    kept = MemoryStore()
    async with asyncio.timeout(3 * PATIENCE), device(alice, store=kept) as a:
        await a.ready()
        await (await a.send("before", to=bob.pk)).accepted()
        await store(lambda: Token.objects.filter(user=alice).delete())
        with pytest.raises(Closed) as closed:
            async for _ in a:
                pass
    assert closed.value.close_code == 4502
    async with asyncio.timeout(PATIENCE), device(alice) as again:
        with pytest.raises(Closed) as closed:
            await again.ready()
    assert closed.value.close_code == 4501


async def test_rest_and_socket_share_the_cursor(alice, bob, device, served, status_of):
    """What was polled and acknowledged does not come by the socket."""

    def poll() -> list[str]:
        with Client(served.url, bob.key) as client:
            return [event.message.body for event in client.inbox.each()]

    async with asyncio.timeout(PATIENCE), device(alice) as a:
        await (await a.send("polled", to=bob.pk)).accepted()
        assert await asyncio.to_thread(poll) == ["polled"]
        await (await a.send("pushed", to=bob.pk)).accepted()
        async with device(bob) as b:
            async for event in b:
                assert event.message.body == "pushed"
                await b.handled(event)
                break
    await becomes({1: "sent", 2: "sent"}, lambda: status_of(bob))


async def test_what_is_not_handled_is_not_sent(alice, bob, device, status_of):
    async with asyncio.timeout(PATIENCE), device(alice) as a, device(bob) as b:
        for n in range(3):
            await (await a.send(f"{n}", to=bob.pk)).accepted()
        async for event in b:
            if event.seq == 2:
                break
    await becomes({1: "sent", 2: "unsent", 3: "unsent"}, lambda: status_of(bob))
