"""A ticket opens one socket, whoever's page it comes from."""

import asyncio

import pytest
from django.contrib.sessions.models import Session

from messages_store.models import Token, User
from messages_store.services import tickets, tokens
from messages_store.services.tickets import Asker

from .test_authentication import OURS, cookie, session_of


@pytest.fixture
def with_ticket(knock):
    """Open a socket with a ticket."""

    def with_ticket(ticket: str, headers=(), at=None):
        return knock(headers, at=at, path=f"/ws/v1/?ticket={ticket}")

    return with_ticket


@pytest.fixture
def issue(store):
    """A ticket for who is signed in like this."""

    def issue(user, **by):
        return store(tickets.issue, asker=Asker(user, **by))

    return issue


async def test_a_ticket_opens_one_socket(alice, with_ticket, issue, other_node):
    ticket = await issue(alice)
    device = await with_ticket(ticket)
    assert (await device.hello())["user"]["id"] == alice.pk
    assert await (await with_ticket(ticket, at=other_node)).closed() == 4501


async def test_two_nodes_that_get_it_at_once_let_one_in(alice, with_ticket, issue, node, other_node):
    for _ in range(5):
        ticket = await issue(alice)
        devices = [await with_ticket(ticket, at=at) for at in (node, other_node)]
        for device in devices:
            await device.send({"type": "hello"})
        answers = await asyncio.gather(*(device.next() for device in devices))
        assert sorted(answer["type"] for answer in answers) == ["bye", "welcome"]


async def test_it_needs_no_origin_since_a_browser_adds_none_by_itself(alice, with_ticket, issue):
    device = await with_ticket(await issue(alice), [(b"origin", b"https://elsewhere.example")])
    assert (await device.hello())["user"]["id"] == alice.pk


@pytest.mark.parametrize("ticket", ["unknown", "%00", "%ff%fe", "x" * 10_000])
async def test_a_wrong_ticket_opens_nothing_and_the_session_does_not_help(alice, with_ticket, store, ticket):
    """A page from elsewhere could invent a ticket, and the browser would add the cookie."""
    session = cookie(await store(session_of, alice))
    for headers in ([], [session, OURS], [session, (b"origin", b"https://elsewhere.example")]):
        assert await (await with_ticket(ticket, headers)).closed() == 4501


async def test_an_empty_ticket_is_none(alice, knock, store):
    session = cookie(await store(session_of, alice))
    assert await knock([session, (b"origin", b"https://elsewhere.example")], path="/ws/v1/?ticket=") is None


@pytest.mark.parametrize("by", ["session", "token", "neither"])
async def test_the_socket_ends_with_what_had_asked_for_it(alice, with_ticket, issue, store, by):
    session_key = await store(session_of, alice)
    what = {"session": {"session_key": session_key}, "token": {"token": tokens.digest(alice.key)}, "neither": {}}[by]
    device = await with_ticket(await issue(alice, **what))
    await device.hello()
    ends = {
        "session": Session.objects.all().delete,
        "token": Token.objects.all().delete,
        "neither": lambda: User.objects.update(password="another"),
    }[by]
    await store(ends)
    assert await device.closed() == 4502


async def test_a_ticket_whose_session_ended_meanwhile_opens_nothing(alice, with_ticket, issue, store):
    ticket = await issue(alice, session_key=await store(session_of, alice))
    await store(Session.objects.all().delete)
    assert await (await with_ticket(ticket)).closed() == 4501


async def test_a_ticket_is_in_no_log(alice, with_ticket, issue, caplog):
    caplog.set_level("DEBUG")
    for ticket in (await issue(alice), "wrong-ticket"):
        device = await with_ticket(ticket)
        await device.send({"type": "hello"})
        await device.next()
        assert ticket not in caplog.text
