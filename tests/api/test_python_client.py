"""The Python client against the real routes, without a network in between."""

import httpx
import pytest
from django.core.wsgi import get_wsgi_application

from imsite_client import Client, Conflict, Forbidden, Invalid, NotFound, Retries, Unauthenticated

pytestmark = pytest.mark.django_db(transaction=True)

ONCE = Retries(attempts=1)


@pytest.fixture
def signed_in():
    """signed_in(alice): her client."""
    clients = []

    def sign_in(user) -> Client:
        network = httpx.WSGITransport(get_wsgi_application(), raise_app_exceptions=True)
        clients.append(Client("http://testserver", user.key, transport=network, retries=ONCE))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.close()


@pytest.fixture
def a(signed_in, alice):
    return signed_in(alice)


@pytest.fixture
def b(signed_in, bob):
    return signed_in(bob)


def test_two_talk(a, b, alice, bob):
    direct = a.conversations.open(bob.pk)
    assert a.conversations.open(bob.pk).id == direct.id
    said = a.messages.send(direct.id, "hello", data={"a": 1})
    assert a.messages.send(direct.id, "hello", data={"a": 1}, client_id=said.client_id) == said
    answer = b.messages.send(direct.id, "hello yourself", reply_to=said.message)
    history = list(a.messages.history(direct.id, limit=1))
    assert [(one.number, one.body, one.reply_to) for one in history] == [
        (2, "hello yourself", said.message),
        (1, "hello", None),
    ]
    assert [one.body for one in a.messages.history(direct.id, after=0, limit=1)] == ["hello", "hello yourself"]
    assert [one.body for one in b.messages.search("yourself")] == ["hello yourself"]
    assert [one.id for one in b.messages.search("hello", conversation=direct.id)] == [answer.message, said.message]
    b.conversations.read(direct.id, 2)
    [listed] = b.conversations.all()
    assert (listed.unread, listed.last_message.body, listed.member_count) == (0, "hello yourself", 2)
    assert {mark.user: mark.read for mark in listed.marks} == {alice.pk: 1, bob.pk: 2}


def test_a_message_is_changed(a, b, bob):
    direct = a.conversations.open(bob.pk)
    said = a.messages.send(direct.id, "helo")
    assert a.messages.edit(said.message, "hello").edited_at is not None
    assert b.messages.get(said.message).body == "hello"
    assert a.messages.recall(said.message).recalled_at is not None
    assert a.messages.recall(said.message).body == ""
    assert [(event.type, event.message.body) for event in b.inbox.each()] == [
        ("message", ""),
        ("edited", ""),
        ("recalled", ""),
    ]


def test_the_inbox_is_polled_and_acknowledged(a, b, alice, bob):
    direct = a.conversations.open(bob.pk)
    for n in range(5):
        a.messages.send(direct.id, str(n))
    assert [event.message.body for event in b.inbox.each(limit=2)] == ["0", "1", "2", "3", "4"]
    assert list(b.inbox.each()) == []
    page = b.inbox.page(after=3)
    assert [event.seq for event in page.results] == [4, 5]
    with pytest.raises(Conflict):
        b.inbox.ack(5, epoch="another")


def test_a_group_is_kept(a, b, alice, bob, dora):
    group = a.conversations.create("Lunch", [bob.pk])
    assert [(member.name, member.role) for member in group.members] == [("Alice", "owner"), ("Bob", "member")]
    assert a.conversations.add(group.id, [dora.pk]).member_count == 3
    assert [(one.name, one.role) for one in b.conversations.members(group.id, limit=2)] == [
        ("Alice", "owner"),
        ("Bob", "member"),
        ("Dora", "member"),
    ]
    assert a.conversations.rename(group.id, "Dinner").title == "Dinner"
    assert b.conversations.mute(group.id).muted
    assert b.conversations.pin(group.id).pinned
    assert [one.id for one in b.conversations.all(pinned=True)] == [group.id]
    assert not b.conversations.pin(group.id, pinned=False).pinned
    with pytest.raises(Forbidden):
        b.conversations.rename(group.id, "Mine")
    assert {member.id: member.role for member in a.conversations.give_role(group.id, bob.pk, "admin").members}[
        bob.pk
    ] == "admin"
    b.conversations.remove(group.id, dora.pk)
    b.conversations.remove(group.id, bob.pk)
    with pytest.raises(NotFound):
        b.conversations.get(group.id)
    assert [found.id for found in a.conversations.all(kind="group")] == [group.id]
    assert list(a.conversations.all(kind="direct")) == []


def test_people_are_found(a, alice, bob, charlie):
    assert a.me().username == "alice"
    assert [user.username for user in a.users("b")] == ["bob"]
    assert [user.username for user in a.users(limit=1)] == ["alice", "bob", "charlie"]
    assert [(one.user, one.online) for one in a.presence([alice.pk, charlie.pk])] == [
        (alice.pk, False),
        (charlie.pk, False),
    ]
    assert a.ticket().expires_in == 30


def test_errors_are_of_their_kind(a, signed_in, alice, bob):
    with pytest.raises(NotFound):
        a.messages.send(10**6, "to nobody")
    direct = a.conversations.open(bob.pk)
    with pytest.raises(Invalid) as error:
        a.messages.send(direct.id, "x", client_id="not a UUID")
    assert "client_id" in error.value.fields
    said = a.messages.send(direct.id, "one")
    with pytest.raises(Conflict):
        a.messages.send(direct.id, "two", client_id=said.client_id)
    alice.key = "im_wrong"
    with pytest.raises(Unauthenticated):
        signed_in(alice).me()


def test_the_limit_of_calls_is_waited_for(bob, settings):
    settings.IM_TOKEN_REQUESTS_PER_MINUTE = 1
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        settings.IM_TOKEN_REQUESTS_PER_MINUTE = 100

    network = httpx.WSGITransport(get_wsgi_application())
    retries = Retries(patience=120, sleep=sleep)
    with Client("http://testserver", bob.key, transport=network, retries=retries) as client:
        for _ in range(2):
            client.me()
    assert 0 < slept[0] < 60 + 10
