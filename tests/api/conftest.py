"""How the cast talks, through the services, and how it calls the API."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messages_store.drafts import Draft
from messages_store.services import sending

API = "/api/v1/"


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
