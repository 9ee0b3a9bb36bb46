"""What a token with scopes may do on a socket."""

import pytest

from chat import protocol, scopes
from messages_store.notices import Notice
from messages_store.services import notifying, tickets, tokens
from messages_store.services.tickets import Asker

CLIENTS = protocol.AnyFrame.__args__


@pytest.fixture
def limited(knock, store):
    """limited(alice, "inbox:read"): a device that came by a token with these scopes."""

    async def limited(user, *granted):
        key = await store(lambda: tokens.issue(user=user, scopes=granted))
        return await knock([(b"authorization", f"Token {key}".encode())])

    return limited


async def test_a_socket_needs_the_inbox(alice, limited):
    bye = await (await limited(alice, "conversations:write", "users:read")).said_bye()
    assert bye["code"] == 4501
    assert "inbox:read" in bye["reason"]


async def test_a_reader_gets_and_acknowledges_and_says_nothing(alice, bob, direct, connect, limited, status_of):
    a, b = await connect(alice), await limited(bob, "inbox:read")
    await b.hello()
    accepted = await a.tell("hello", conversation=direct.pk)
    assert (await b.expect("message"))["message"]["body"] == "hello"
    await b.ack(1)
    client_id = await b.say("no", conversation=direct.pk)
    error = await b.expect_error("forbidden")
    assert error["client_id"] == client_id
    assert "conversations:write" in error["message"]
    await b.send({"type": "read", "conversation": direct.pk, "number": 1})
    await b.expect_error("forbidden")
    await b.send({"type": "recall", "message": accepted["message"]})
    assert (await b.expect_error("forbidden"))["message_id"] == accepted["message"]
    await b.send({"type": "watch", "users": [alice.pk]})
    assert "users:read" in (await b.expect_error("forbidden"))["message"]
    marks = await a.wait_for("marks")
    assert marks["sent"] == accepted["number"]
    assert "read" not in marks
    assert await status_of(bob) == {1: "sent"}


async def test_with_the_scope_it_may(alice, bob, direct, limited):
    b = await limited(bob, "inbox:read", "conversations:write", "users:read")
    await b.hello()
    await b.tell("yes", conversation=direct.pk)
    await b.send({"type": "watch", "users": [alice.pk]})
    assert (await b.expect("presence"))["user"] == alice.pk


async def test_a_reader_reads_notifications_too_as_by_rest(bob, limited, store):
    notice = Notice(title="Lunch", users=(bob.pk,))
    await store(lambda: notifying.notify(sender_id=None, notice=notice))
    b = await limited(bob, "inbox:read")
    await b.hello()
    await b.expect("message")
    await b.send({"type": "notifications_read", "up_to": 1})
    assert (await b.expect("notifications_read"))["unread"] == 0


async def test_a_ticket_may_no_more_than_its_token(bob, direct, knock, store):
    key = await store(lambda: tokens.issue(user=bob, scopes=["inbox:read"]))
    asker = Asker(bob, token=tokens.digest(key), scopes=("inbox:read",))
    b = await knock(path=f"/ws/v1/?ticket={await store(tickets.issue, asker=asker)}")
    await b.hello()
    await b.say("no", conversation=direct.pk)
    await b.expect_error("forbidden")


def test_frames_that_need_no_scope_of_their_own_are_named():
    """Whatever frame comes to be is refused to readers until somebody names it here."""
    free = {frame.__name__ for frame in CLIENTS if scopes.refusal(["inbox:read"], frame) is None}
    assert free == {"Hello", "Ack", "Ping", "Idle", "NotificationsRead"}
