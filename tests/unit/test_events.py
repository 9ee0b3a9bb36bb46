"""How messages and inbox entries look outside."""

import json
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from chat import protocol
from messages_store.events import Event, accepted, as_json, describe, moment, represent
from messages_store.models import Message

CLIENT_ID = UUID("6f1c1f9e-58c5-4a0e-9d4e-0a4f3c1b2d3e")
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
HARD = 'quotes " \' \\ \\" </script> \u2028 \x01 😀 %s {now} \\u0000'


def message(**fields) -> Message:
    plain = {"id": 7, "conversation_id": 3, "number": 5, "sender_id": 1, "body": "hello", "created_at": NOON}
    return Message(**plain | {"client_id": CLIENT_ID} | fields)


def event(**fields) -> Event:
    return Event(9, "message", as_json(represent(message(**fields))), str(CLIENT_ID))


def test_a_time_is_written_in_utc():
    assert moment(NOON) == "2026-11-21T12:00:00.123456Z"
    assert moment(None) is None


def test_a_message_has_every_field_of_the_protocol():
    assert represent(message(data={"a": 1}, reply_to_id=2, edited_at=NOON)) == {
        "id": 7,
        "conversation": 3,
        "number": 5,
        "sender": 1,
        "kind": "text",
        "body": "hello",
        "data": {"a": 1},
        "client_id": str(CLIENT_ID),
        "created_at": "2026-11-21T12:00:00.123456Z",
        "edited_at": "2026-11-21T12:00:00.123456Z",
        "recalled_at": None,
        "reply_to": 2,
    }


def test_a_message_of_the_system_has_neither_sender_nor_conversation():
    shown = represent(message(conversation_id=None, number=None, sender_id=None, client_id=None))
    assert [shown[name] for name in ("conversation", "number", "sender", "client_id")] == [None] * 4


def test_what_is_described_is_what_is_represented():
    """A ring is made from a draft, a refill from the row: both must say the same."""
    draft = describe(
        id=7, conversation_id=3, number=5, sender_id=1, kind="text", body="hello", data=None,
        client_id=CLIENT_ID, created_at=NOON,
    )  # fmt: skip
    assert as_json(draft) == as_json(represent(message()))


@pytest.mark.parametrize("body", ["hello", HARD])
def test_an_event_is_a_frame_of_the_protocol(body):
    frame = msgspec.json.decode(event(body=body).frame(), type=protocol.MessageEvent)
    assert (frame.seq, frame.message.id, frame.message.body) == (9, 7, body)


@pytest.mark.parametrize("body", ["hello", HARD, '","number":99,"id":98,"x":"'])
def test_accepted_stands_for_the_senders_own_event(body):
    frame = msgspec.json.decode(event(body=body).accepted(client_id="As-Written"), type=protocol.Accepted)
    assert frame == protocol.Accepted("As-Written", 7, 3, 5, "2026-11-21T12:00:00.123456Z", 9)


def test_accepted_repeats_a_client_id_safely():
    frame = accepted(client_id='"},{"\\', message=1, conversation=2, number=3, created_at="", seq=4)
    assert json.loads(frame)["client_id"] == '"},{"\\'
