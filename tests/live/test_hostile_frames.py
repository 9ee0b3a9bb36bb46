"""Frames that no client of ours sends: an `error` or a documented close, and nobody else notices."""

import json
from uuid import uuid4

import pytest

from messages_store.models import Message


def send(**fields) -> dict:
    return {"type": "send", "client_id": str(uuid4()), "body": "x", "to": 1} | fields


CLOSES = {  # 4500: not a JSON text of a bearable size
    "an empty text": "",
    "an empty binary frame": b"",
    "a binary frame": b"\x00\x01",
    "JSON as binary": b'{"type":"ping"}',
    "too many bytes": json.dumps({"type": "ping", "t": "x" * 70_000}),
    "too many bytes in few characters": json.dumps({"type": "ping", "t": "é" * 40_000}, ensure_ascii=False),
    "a megabyte": "x" * 1_000_000,
    "no JSON": "hello",
    "half of it": '{"type":"pi',
    "more than one": '{"type":"ping"}{"type":"ping"}',
    "NaN": '{"type":"ping","t":NaN}',
    "Infinity": '{"type":"ping","t":-Infinity}',
    "a raw NUL": '{"type":"ping","t":"\x00"}',
    "a raw line break": '{"type":"ping","t":"\n"}',
    "half of a surrogate pair, escaped": '{"type":"ping","t":"\\ud800"}',
    "the other half": '{"type":"ping","t":"\\udc00x"}',
    "half of a surrogate pair, raw": '{"type":"ping","t":"\ud800"}',
    "single quotes": "{'type':'ping'}",
    "a byte order mark": '\ufeff{"type":"ping"}',
    "spaces": "   ",
    "objects without end": '{"a":' * 10_000,
    "a comment": '{"type":"ping"} // hello',
}
ERRORS = {  # JSON that is no frame: the connection stays
    "null": "null",
    "true": "true",
    "a number": "5",
    "a list": "[1]",
    "lists without end": "[" * 60_000,
    "a text": '"ping"',
    "nothing": "{}",
    "no type": '{"t":1}',
    "an unknown type": '{"type":"explode"}',
    "a dunder type": '{"type":"__class__"}',
    "a handler's name": '{"type":"_on_send"}',
    "a channels handler": '{"type":"websocket.disconnect"}',
    "a server's frame": '{"type":"accepted","seq":1}',
    "a type that is a number": '{"type":5}',
    "a type that is a list": '{"type":["ping"]}',
    "a type that is null": '{"type":null}',
    "a type with a NUL": '{"type":"ping\\u0000"}',
    "ack without seq": {"type": "ack"},
    "ack of a text": {"type": "ack", "seq": "5"},
    "ack of a fraction": {"type": "ack", "seq": 1.5},
    "ack of less than nothing": {"type": "ack", "seq": -1},
    "ack of too much": {"type": "ack", "seq": 2**53},
    "ack of very much": '{"type":"ack","seq":' + "9" * 5_000 + "}",
    "ack of true": {"type": "ack", "seq": True},
    "ack of null": {"type": "ack", "seq": None},
    "ack of a list": {"type": "ack", "seq": [1]},
    "read of nothing": {"type": "read"},
    "read of conversation 0": {"type": "read", "conversation": 0, "number": 1},
    "read of a text": {"type": "read", "conversation": "1", "number": 1},
    "read to less than nothing": {"type": "read", "conversation": 1, "number": -1},
    "read to a huge number": '{"type":"read","conversation":1,"number":1e300}',
    "ping with an object": {"type": "ping", "t": {}},
    "ping with a long text": {"type": "ping", "t": "x" * 129},
    "ping with a huge number": '{"type":"ping","t":' + "9" * 5_000 + "}",
    "hello with a text": {"type": "hello", "device": "web"},
    "hello with a long id": {"type": "hello", "device": {"id": "x" * 129}},
    "hello with a long epoch": {"type": "hello", "epoch": "x" * 129},
    "hello with a text for a seq": {"type": "hello", "seq": "1"},
    "send of nothing": {"type": "send"},
    "send without a client_id": {"type": "send", "body": "x", "to": 1},
    "send with a number as client_id": send(client_id=5),
    "send with a long client_id": send(client_id="x" * 129),
    "send with null as client_id": send(client_id=None),
    "send with a NUL in client_id": send(client_id="\x00"),
    "send of a list": send(body=["x"]),
    "send to a list": send(to=[1]),
    "send to a huge number": send(to=2**64),
    "send into less than nothing": send(conversation=-1, to=None),
    "send with a list as data": send(data=[1]),
    "send as a long kind": send(kind="x" * 129),
    "send of a NUL": send(body="a\x00b"),
    "send of a NUL in data": send(data={"a": "\x00"}),
    "send of a NUL as a name in data": send(data={"\x00": 1}),
    "send of a NUL deep in data": send(data={"a": [{"b": ["\\\x00"]}]}),
    "send as a kind with a NUL": send(kind="a\x00"),
    "send as a kind with a line break": send(kind="text\n"),
    "reply to less than nothing": send(reply_to=-1),
}
BAD_DATA = {
    "deep data": '{"type":"send","client_id":"%s","to":1,"body":"x","data":{"a":' + "[" * 900 + "]" * 900 + "}}",
    "a huge number in data": '{"type":"send","client_id":"%s","to":1,"body":"x","data":{"a":' + "9" * 5_000 + "}}",
    "more than a double in data": '{"type":"send","client_id":"%s","to":1,"body":"x","data":{"a":1e999}}',
    "many keys": '{"type":"send","client_id":"%s","to":1,"body":"x","data":{' + '"a":1,' * 5_000 + '"b":1}}',
}


@pytest.fixture
async def neighbour(bob, connect):
    """Somebody on the same node."""
    return await connect(bob)


@pytest.mark.parametrize("before_hello", [True, False], ids=["before hello", "after hello"])
async def test_what_is_no_json_closes_with_4500(alice, neighbour, connect, before_hello):
    for name, frame in CLOSES.items():
        a = await connect(alice, hello=not before_hello)
        await a.send(frame)
        bye = await a.said_bye()
        assert bye["code"] == 4500, name
        assert len(bye["reason"]) < 200, name
    assert await neighbour.pong() == []


@pytest.mark.parametrize("before_hello", [True, False], ids=["before hello", "after hello"])
async def test_what_is_no_frame_is_answered(alice, neighbour, connect, store, before_hello):
    """One connection takes them all, and is as good as before."""
    a = await connect(alice, hello=not before_hello)
    for name, frame in ERRORS.items():
        await a.send(frame)
        error = await a.next()
        assert (error["type"], error.get("code")) == ("error", "invalid"), name
        assert len(error["message"]) < 400, name
    if before_hello:
        await a.hello()
    assert await a.pong() == await neighbour.pong() == []
    assert not await store(Message.objects.exists)


@pytest.mark.parametrize("name", BAD_DATA)
async def test_data_that_cannot_be_kept_is_refused_or_kept_whole(alice, bob, direct, neighbour, connect, name):
    """Answered in one way or another; where it is taken, it comes out of the database as it went in."""
    a = await connect(alice)
    await a.send((BAD_DATA[name] % uuid4()).replace('"to":1', f'"to":{bob.pk}'))
    try:
        frame = await a.next()
    except AssertionError:  # closed
        return
    assert frame["type"] in ("error", "accepted", "bye"), frame
    if frame["type"] == "error":
        assert frame["code"] in ("invalid", "too_large")
        assert await a.pong() == []
    if frame["type"] == "accepted":
        rung = await neighbour.expect("message")
        read = await connect(bob, seq=0)
        assert (await read.expect("message"))["message"]["data"] == rung["message"]["data"]


@pytest.mark.parametrize(
    "body",
    [
        "😀" * 100,
        "\u202e\u200b\ufeff",
        "<script>alert(1)</script>",
        "'; DROP TABLE messages_store_message; --",
        "{user} %s %(x)s {{x}}",
        "\\u0000 \\ \" ' \t\r\n",
        "\ud83d\ude00",
        "\x01\x7f\x85",
        "ﬀ\uffff\U0010ffff",
    ],
    ids=lambda body: ascii(body[:10]),
)
async def test_strange_texts_arrive_as_they_were_written(alice, bob, connect, body):
    a, b = await connect(alice), await connect(bob)
    await a.tell(body, to=bob.pk, data={body: [body]})
    rung = (await b.expect("message"))["message"]
    assert rung["body"] == body.encode("utf-16", "surrogatepass").decode("utf-16")
    read = (await (await connect(bob, seq=0)).expect("message"))["message"]
    assert read == rung


async def test_other_peoples_ids_open_nothing(alice, bob, charlie, direct, connect, store):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    theirs = await a.tell("secret", conversation=direct.pk)
    await b.expect("message")
    await c.say("x", conversation=direct.pk)
    await c.expect_error("not_found")
    await c.say("x", to=bob.pk, reply_to=theirs["message"])
    await c.expect_error("not_found")
    await c.say("secret", conversation=direct.pk, client_id=theirs["client_id"])
    await c.expect_error("not_found")
    await c.send({"type": "read", "conversation": direct.pk, "number": 1})
    await c.send({"type": "ack", "seq": theirs["seq"]})
    assert await c.pong() == []
    assert await a.pong() == await b.pong() == []
    assert await store(Message.objects.count) == 1


@pytest.mark.parametrize("field", ["sender", "user", "number", "id", "seq", "created_at"])
async def test_nobody_speaks_in_anothers_name(alice, bob, charlie, connect, field):
    """Fields that we do not know are passed over."""
    c, b = await connect(charlie), await connect(bob)
    await c.tell("x", to=bob.pk, **{field: alice.pk})
    message = (await b.expect("message"))["message"]
    assert (message["sender"], message["number"]) == (charlie.pk, 1)


async def test_a_flood_of_bad_frames_disturbs_no_neighbour(alice, neighbour, connect, bob, charlie):
    a, c = await connect(alice), await connect(charlie)
    for _ in range(300):
        await a.send('{"type":"explode"}')
    await c.tell("x", to=bob.pk)
    await neighbour.expect("message")
    for _ in range(300):
        await a.expect_error("invalid")
    assert await a.pong() == []
