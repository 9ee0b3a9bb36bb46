"""What cannot be answered is told as {code, message, fields?}, whatever it fails at."""

import json

import pytest
from django.db import OperationalError
from django.test import Client

from messages_store.services import listing, receipts

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(alice):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


def failed(answer, status: int, code: str) -> dict:
    """The body of an answer that must have failed like this, and in our words."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    body = answer.json()
    assert body["code"] == code
    assert body["message"]
    assert set(body) <= {"code", "message", "fields"}
    return body


ACK = "/api/v1/inbox/ack"


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/me", "/api/v1/me/", "/api/x%00y"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_address_that_there_is_not(client, path, method):
    failed(getattr(client, method)(path), 404, "not_found")
    failed(getattr(Client(), method)(path), 401, "unauthenticated")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace", "head"])
def test_a_method_that_there_is_not(client, method):
    answer = getattr(client, method)("/api/v1/tickets")
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
    if method != "head":
        failed(answer, 405, "invalid")


def test_an_answer_of_another_kind(client):
    failed(client.get("/api/v1/me", headers={"Accept": "text/xml"}), 406, "invalid")
    assert client.get("/api/v1/me?format=xml").status_code == 200


def test_a_body_of_another_kind(client):
    failed(client.post(ACK, "seq=1", "application/x-www-form-urlencoded"), 415, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff",
        b"NaN",
        b'{"seq": 1e999}',
        b"[" * 100_000,
        b'{"seq": "\\ud800',
        b'{"seq":' + b"9" * 5_000 + b"}",
    ],
    ids=["open", "empty", "no text", "no number", "infinite", "deep", "half a pair", "long"],
)
def test_a_body_that_is_no_json(client, body):
    failed(client.post(ACK, body, "application/json"), 400, "invalid")


@pytest.mark.parametrize(
    "body", ["[]", "1", "null", '"seq"', "{}", '{"seq": -1}', '{"seq": "x"}', '{"seq": []}', "true"]
)
def test_json_that_says_nothing(client, body):
    assert failed(client.post(ACK, body, "application/json"), 400, "invalid")["fields"]


def test_what_is_wrong_with_which_field(client):
    body = failed(client.post(ACK, {"seq": "x", "epoch": "\0"}, "application/json"), 400, "invalid")
    assert set(body["fields"]) == {"seq", "epoch"}


def test_a_body_that_is_too_large(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    fits = json.dumps({"seq": 1, "x": ""})
    assert client.post(ACK, fits + " " * (1_000 - len(fits)), "application/json").status_code == 200
    failed(client.post(ACK, fits + " " * (1_001 - len(fits)), "application/json"), 413, "too_large")


def test_a_session_without_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert "CSRF" in failed(client.post(ACK, {"seq": 1}, "application/json"), 403, "forbidden")["message"]


def test_a_host_that_is_not_ours(client):
    failed(client.get("/api/v1/me", headers={"Host": "elsewhere.example"}), 400, "invalid")
    assert client.get("/", headers={"Host": "elsewhere.example"})["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("where", ["in the service", "at the session"])
def test_a_store_that_is_away(client, monkeypatch, where):
    def away(*_, **__):
        raise OperationalError("connection to 10.0.0.1 refused")

    if where == "in the service":
        monkeypatch.setattr(listing, "conversations", away)
    else:
        monkeypatch.setattr("messages_store.sessions.SessionStore.load", away)
    answer = client.get("/api/v1/conversations")
    assert "10.0.0.1" not in failed(answer, 503, "busy")["message"]
    assert int(answer["Retry-After"]) >= 1


def test_a_store_that_is_away_for_a_token(alice, monkeypatch):
    def away(*_, **__):
        raise OperationalError("away")

    monkeypatch.setattr("messages_store.services.tokens.find", away)
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Token {alice.key}"})
    failed(answer, 503, "busy")


def test_a_bug_tells_nothing_of_itself(client, monkeypatch, caplog):
    def bug(**_):
        raise RuntimeError("secret")

    monkeypatch.setattr(receipts, "ack", bug)
    answer = client.post(ACK, {"seq": 1}, "application/json")
    assert "secret" not in failed(answer, 500, "internal")["message"]
    assert "secret" in caplog.text


def test_pages_fail_as_pages(client):
    assert client.get("/nothing").status_code == 404
    assert client.get("/nothing")["Content-Type"].startswith("text/html")
