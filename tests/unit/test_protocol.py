"""Frames: whatever comes is a frame, or one of two documented answers, and never another exception."""

import json
import random
from uuid import UUID

import pytest

from chat import protocol
from chat.protocol import Malformed, Unusable
from messages_store.drafts import Draft, check
from messages_store.errors import ChatError

LIMIT = 65_536
CLIENT_ID = "6f1c1f9e-58c5-4a0e-9d4e-0a4f3c1b2d3e"


def parse(text: str | None) -> protocol.AnyFrame:
    return protocol.parse(text, at_most=LIMIT)


def send(**fields) -> str:
    return json.dumps({"type": "send", "client_id": CLIENT_ID, "conversation": 1, "body": "hello"} | fields)


def raw_send(data: str) -> str:
    return send(data="DATA").replace('"DATA"', data)


# Frames as they should be


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"type":"hello"}', protocol.Hello()),
        (
            '{"type":"hello","device":{"id":"d","kind":"ios"},"epoch":"e","seq":7}',
            protocol.Hello(protocol.Device("d", "ios"), "e", 7),
        ),
        ('{"type":"hello","epoch":null,"seq":null}', protocol.Hello()),
        (send(), protocol.Send(CLIENT_ID, "hello", conversation=1)),
        (
            '{"type":"send","client_id":"c","to":5,"body":"","kind":"card","data":{"a":[1]},"reply_to":9}',
            protocol.Send("c", "", to=5, kind="card", data={"a": [1]}, reply_to=9),
        ),
        ('{"type":"ack","seq":0}', protocol.Ack(0)),
        ('{"type":"read","conversation":3,"number":4}', protocol.Read(3, 4)),
        ('{"type":"ping"}', protocol.Ping()),
        ('{"type":"ping","t":"noon"}', protocol.Ping("noon")),
        (' {"seq":5, "type":"ack"}\n', protocol.Ack(5)),
    ],
)
def test_a_frame_is_understood(text, frame):
    assert parse(text) == frame


def test_fields_that_nobody_knows_are_passed_over():
    assert parse('{"type":"ack","seq":1,"__class__":"x","later":{"more":[1]}}') == protocol.Ack(1)


def test_a_frame_may_be_as_large_as_the_limit():
    frame = send(body="")
    body = "x" * (LIMIT - len(frame))
    assert parse(send(body=body)).body == body


# Not a frame at all: 4500

MALFORMED = {
    "empty": "",
    "binary": None,
    "a space": " ",
    "too large": send(body="x" * LIMIT),
    "too large in bytes, not in characters": json.dumps({"type": "ping", "x": "é" * 40_000}, ensure_ascii=False),
    "cut off": '{"type":"ack","seq":1',
    "two frames": '{"type":"ping"}{"type":"ping"}',
    "single quotes": "{'type':'ping'}",
    "trailing comma": '{"type":"ping",}',
    "a byte order mark": '\ufeff{"type":"ping"}',
    "a comment": '{"type":"ping"} // hello',
    "a bare word": "ping",
    "a control character": '{"type":"ping","t":"\x01"}',
    "a bare NUL": '{"type":"ping","t":"\0"}',
    "NaN": '{"type":"ping","t":NaN}',
    "Infinity": '{"type":"ack","seq":Infinity}',
    "-Infinity": raw_send('{"a":-Infinity}'),
    "an octal number": '{"type":"ack","seq":017}',
    "a bad escape": '{"type":"ping","t":"\\x41"}',
    "objects 10,000 deep": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "an unknown field 30,000 deep": '{"type":"ping","x":' + "[" * 30_000 + "]" * 30_000 + "}",
    "data 30,000 deep": raw_send('{"a":' + "[" * 30_000 + "]" * 30_000 + "}"),
    "100,000 brackets": "[" * 100_000,
    "half a surrogate pair in the text": '{"type":"ping","t":"\ud800"}',
    "half a surrogate pair, escaped": r'{"type":"ping","t":"\ud800 abc"}',
    "the other half, escaped": r'{"type":"ping","t":"\udc00"}',
    "half a surrogate pair in a body": send(body="\ud800 abc"),
    "half a surrogate pair in data": raw_send(r'{"a":"\ud800"}'),
    "half a surrogate pair as a key": raw_send(r'{"\udfff":1}'),
    "half a surrogate pair as a type": r'{"type":"\ud800"}',
    "half a surrogate pair in an unknown field": r'{"type":"ping","\udc00":1}',
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_json_or_too_large_is_malformed(name):
    with pytest.raises(Malformed):
        parse(MALFORMED[name])


# JSON, but nothing that we know: `error`, and the connection goes on

UNUSABLE = {
    "an array": "[1]",
    "nothing": "null",
    "a number": "17",
    "a text": '"ping"',
    "true": "true",
    "no type": "{}",
    "an unknown type": '{"type":"selfdestruct"}',
    "a dunder type": '{"type":"__class__"}',
    "an attribute of ours as type": '{"type":"on_send"}',
    "a type with NUL": r'{"type":"ping\u0000"}',
    "a type of our own": '{"type":"welcome"}',
    "a type as number": '{"type":1}',
    "a type as null": '{"type":null}',
    "a type as list": '{"type":["ping"]}',
    "another type further on": '{"type":"ping","type":"ack","seq":1}',
    "seq missing": '{"type":"ack"}',
    "seq null": '{"type":"ack","seq":null}',
    "seq as text": '{"type":"ack","seq":"1"}',
    "seq true": '{"type":"ack","seq":true}',
    "seq negative": '{"type":"ack","seq":-1}',
    "seq with a fraction": '{"type":"ack","seq":1.5}',
    "seq beyond 2^53": '{"type":"ack","seq":9007199254740992}',
    "seq beyond 64 bits": '{"type":"ack","seq":18446744073709551616}',
    "seq of 5,000 digits": '{"type":"ack","seq":' + "9" * 5_000 + "}",
    "seq beyond every float": '{"type":"ack","seq":1e999}',
    "t of 5,000 digits": '{"type":"ping","t":' + "9" * 5_000 + "}",
    "t beyond every float": '{"type":"ping","t":-1e999}',
    "t as object": '{"type":"ping","t":{}}',
    "t true": '{"type":"ping","t":true}',
    "t too long": json.dumps({"type": "ping", "t": "x" * 129}),
    "5,000 digits": "9" * 5_000,
    "a conversation of 0": send(conversation=0),
    "a conversation below 0": send(conversation=-1),
    "a conversation as text": send(conversation="1"),
    "a conversation true": send(conversation=True),
    "a body as number": send(body=1),
    "a body null": send(body=None),
    "data as list": send(data=[]),
    "data as text": send(data="{}"),
    "data with a number of 5,000 digits": raw_send('{"a":' + "9" * 5_000 + "}"),
    "a kind too long": send(kind="x" * 129),
    "a client_id as number": send(client_id=1),
    "a client_id too long": send(client_id="x" * 129),
    "a device of another kind": '{"type":"hello","device":{"kind":"toaster"}}',
    "a device as text": '{"type":"hello","device":"web"}',
    "an epoch too long": json.dumps({"type": "hello", "epoch": "x" * 129}),
    "a number that is negative": '{"type":"read","conversation":1,"number":-1}',
    "an array that is never closed": "[" * 60_000,
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_json_that_is_no_frame_is_answered(name):
    with pytest.raises(Unusable) as raised:
        parse(UNUSABLE[name])
    answer = protocol.error(ChatError(str(raised.value)), client_id=raised.value.client_id)
    assert json.loads(answer)["type"] == "error"


@pytest.mark.parametrize(
    "text", [json.dumps({"type": "z" * 60_000}), send(kind="z" * 60_000), send(body=["z" * 60_000])]
)
def test_the_answer_does_not_repeat_what_came(text):
    with pytest.raises(Unusable) as raised:
        parse(text)
    assert len(str(raised.value)) < 300


def test_the_sender_of_a_wrong_message_learns_which_one_it_was():
    with pytest.raises(Unusable) as raised:
        parse(send(body=None))
    assert raised.value.client_id == CLIENT_ID


@pytest.mark.parametrize("client_id", [None, 5, ["x"], "x" * 129])
def test_a_client_id_that_is_none_is_not_repeated(client_id):
    with pytest.raises(Unusable) as raised:
        parse(send(body=None, client_id=client_id))
    assert raised.value.client_id is None


def test_of_a_field_given_twice_the_last_counts():
    assert parse('{"type":"ack","seq":1,"seq":2}') == protocol.Ack(2)


# client_id


@pytest.mark.parametrize("text", [CLIENT_ID, CLIENT_ID.upper(), CLIENT_ID.replace("-", "")])
def test_every_spelling_of_a_uuid_is_the_same_client_id(text):
    assert protocol.client_uuid(text) == UUID(CLIENT_ID)


@pytest.mark.parametrize("text", ["", "1", "x" * 36, "\0" * 32, "é" * 32, CLIENT_ID + "0", "{}"])
def test_a_client_id_that_is_no_uuid_is_unusable(text):
    with pytest.raises(Unusable) as raised:
        protocol.client_uuid(text)
    assert raised.value.client_id == text


# Whatever comes


def treat(text: str | None) -> None:
    """All that the consumer does with a frame before the store; anything but its own errors escapes."""
    try:
        frame = parse(text)
        if isinstance(frame, protocol.Ping):
            json.loads(protocol.build(protocol.Pong(frame.t, 0)))
        if isinstance(frame, protocol.Send):
            check(draft_of(frame))
    except Unusable as unusable:
        json.loads(protocol.error(ChatError(str(unusable)), client_id=unusable.client_id))
    except (Malformed, ChatError):
        pass


def draft_of(frame: protocol.Send) -> Draft:
    fields = {name: getattr(frame, name) for name in ("body", "conversation", "to", "kind", "data", "reply_to")}
    return Draft(sender=1, client_id=protocol.client_uuid(frame.client_id), **fields)


VALUES = [
    "null", "true", "0", "-1", "1.0", "1e5", "1e308", "1e999", "-0", "9007199254740992", "18446744073709551616",
    "9" * 4_300, "9" * 4_301, '""', '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"__class__"', "[]", "{}", "NaN",
    "[" * 500 + "]" * 500, '{"a":' * 970 + "1" + "}" * 970, '{"":0}', '{"\\u0000":1}', '"' + "x" * 20_001 + '"',
]  # fmt: skip
FIELDS = ["type", "client_id", "body", "conversation", "to", "kind", "data", "reply_to", "seq", "number", "t", "device"]
TYPES = ["hello", "send", "ack", "read", "ping", "__init__"]


@pytest.mark.parametrize("field", FIELDS)
def test_every_value_in_every_field_of_every_type_has_its_answer(field):
    for type in TYPES:
        for value in VALUES:
            plain = {"type": f'"{type}"', "client_id": f'"{CLIENT_ID}"', "conversation": "1", "body": '"x"', "seq": "1"}
            fields = plain | {field: value}
            treat("{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}")


def test_broken_frames_have_their_answer():
    chance = random.Random(20)
    pieces = ['"', "\\", "{", "}", "[", "]", ":", ",", "\\u", "\\ud800", "\0", "\ud800", "😀", "1e9", "null", "-", " "]
    frames = ['{"type":"hello","device":{"id":"d"},"seq":1}', send(data={"a": ["😀", 1.5]}), '{"type":"ping","t":1}']
    for _ in range(5_000):
        text = chance.choice(frames)
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice(pieces) + text[at + chance.randint(0, 3) :]
        treat(text)
