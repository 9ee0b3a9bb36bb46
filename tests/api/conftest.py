"""How the cast talks, through the services, and how it calls the API."""

import json
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messages_store import ringing
from messages_store.drafts import Draft
from messages_store.services import sending

API = "/api/v1/"


@pytest.fixture(autouse=True)
def _attachments_of_this_test(attachments_dir):
    pass


@pytest.fixture
def say():
    """say(conversation, sender, "one", "two"): stored like everything that is sent."""

    def say(conversation, sender, *bodies):
        drafts = [
            Draft(sender=sender.pk, client_id=uuid4(), body=body, conversation=conversation.pk) for body in bodies
        ]
        return sending.send(drafts).outcomes

    return say


@pytest.fixture
def get():
    """get(alice, "me"): (status, body). Nobody is None."""

    def get(user, path, **parameters):
        client = Client()
        if user is not None:
            client.force_login(user)
        answer = client.get(API + path, parameters)
        return answer.status_code, answer.json()

    return get


@pytest.fixture
def call():
    """call(alice, "PATCH", "conversations/1", {"title": "Lunch"}): (status, body). Nobody is None."""

    def call(user, method, path, body=None):
        client = Client()
        if user is not None:
            client.force_login(user)
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = client.generic(method, API + path, **data)
        return answer.status_code, answer.json() if answer.content else None

    return call


class Ringer:
    """Keeps what was rung instead of ringing."""

    def __init__(self):
        self.events: dict[int, list] = {}
        self.hints: dict[int, list] = {}
        self.profiles: dict[int, str] = {}

    def ring(self, events) -> None:
        self.events |= events

    def hint(self, frames) -> None:
        self.hints |= frames

    def profile(self, frames) -> None:
        self.profiles |= frames


@pytest.fixture
def ringer(monkeypatch):
    """What rings after the commits of the test's calls, kept. The test's own transaction counts as none."""
    ringer = Ringer()
    monkeypatch.setattr(ringing, "_installed", [ringer])
    monkeypatch.setattr(transaction, "on_commit", lambda do, **_: do())
    return ringer


@pytest.fixture
def rung(ringer):
    """rung(): who was rung at since it was asked last."""

    def rung() -> set[int]:
        rung, ringer.events = set(ringer.events), {}
        return rung

    return rung


@pytest.fixture
def hinted(ringer):
    """hinted(): the frames that were told since it was asked last, by user."""

    def hinted() -> dict[int, list[dict]]:
        hints, ringer.hints = ringer.hints, {}
        return {user_id: [json.loads(frame) for frame in frames] for user_id, frames in hints.items()}

    return hinted


@pytest.fixture
def queries_of():
    """How many queries a call by this user takes, without those that sign the user in."""

    def queries_of(user, path, **parameters):
        client = Client()
        client.force_login(user)
        client.get(API + "me")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(API + path, parameters).status_code == 200
        return sum("django_session" not in query["sql"] for query in captured) - 1  # the user

    return queries_of
