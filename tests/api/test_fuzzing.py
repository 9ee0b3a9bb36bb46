"""Whatever comes in, what goes out is what the schema says, and never a failure of ours.

schemathesis makes the requests: valid ones, wrong ones, and the bounds of everything. Always the same ones.
"""

import pytest
import schemathesis
from django.contrib.auth.models import Permission
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from messages_store.notices import Notice
from messages_store.services import avatars, notifying, sending, uploading
from tests.uploaded import picture, uploaded, with_files

EXAMPLES = 12  # per route, besides the bounds of each parameter

config = SchemathesisConfig(seed=4)
fuzzed = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application(), config=config)


@pytest.fixture(autouse=True)
def one_connection(db):
    """Outside of tests every request gives its connection back, and here that would end the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ids(group, alice, say, settings):
    """What exists of what paths name, so that some requests get beyond `not_found`."""
    settings.IM_TOKEN_REQUESTS_PER_MINUTE = 0
    alice.user_permissions.add(Permission.objects.get(codename="send_notification"))
    say(group, alice, "hello")
    photo = uploaded(alice, picture())
    sending.send([with_files(alice, group, photo)])
    avatars.choose(user=alice, upload_id=uploaded(alice, picture()).pk)
    told = notifying.notify(sender_id=alice.pk, notice=Notice(title="Lunch", users=(alice.pk,)))
    return {
        "conversation_id": group.pk,
        "message_id": group.messages.get(body="hello").pk,
        "attachment_id": photo.pk,
        "upload_id": uploading.begin(owner_id=alice.pk, name="notes.txt", size=200_000).pk,
        "avatar": alice.avatar,
        "notification_id": told.notification.pk,
        "user_id": alice.pk,
    }


@pytest.mark.parametrize("of", ["what is there", "anything"])
@fuzzed.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_in_the_schema(case, of, ids, alice):
    if of == "what is there":
        case.path_parameters = {name: ids.get(name, value) for name, value in case.path_parameters.items()}
    # What is compressed, the client here would not read.
    answer = case.call(headers={"Authorization": f"Token {alice.key}", "Accept-Encoding": "identity"})
    case.validate_response(
        answer,
        checks=[
            checks.not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_headers_conformance,
            response_schema_conformance,
        ],
    )
