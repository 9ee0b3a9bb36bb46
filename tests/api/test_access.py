"""Who is let in, and what those are told who are not."""

import pytest
from django.db import OperationalError
from django.test import Client

from messages_store.services import listing

HUGE = 10**30
CONVERSATION = [f"conversations/1{part}" for part in ("", "/messages", "/members", "/members/1", "/read")]
ROUTES = ["me", "tickets", "conversations", *CONVERSATION, "messages", "messages/1", "messages/1/trace", "inbox"]
ROUTES += ["no/such/thing", ""]


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_nobody_is_told_to_sign_in(get, route):
    status, body = get(None, route)
    assert (status, body["code"]) == (401, "unauthenticated")
    assert body["message"]


def by_token(key, path="me"):
    return Client().get("/api/v1/" + path, headers={"Authorization": f"Token {key}"})


def test_a_token_signs_in(alice):
    answer = by_token(alice.key)
    assert answer.json() == {"id": alice.pk, "name": "Alice", "avatar": None, "username": "alice", "kind": "user"}


@pytest.mark.parametrize("key", ["", "wrong", "two words", "Ünïcode", "x" * 5_000])
def test_a_wrong_token_does_not(alice, key):
    answer = by_token(key)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_a_disabled_account_is_nobody(alice):
    alice.is_active = False
    alice.save()
    assert by_token(alice.key).status_code == 401


@pytest.mark.parametrize("route", ["conversations/{id}", "conversations/{id}/messages"])
@pytest.mark.parametrize("whose", ["other people's", "nobody's", "beyond every database"])
def test_a_stranger_cannot_tell_what_exists(get, charlie, direct, route, whose):
    id = {"other people's": direct.pk, "nobody's": direct.pk + 1_000, "beyond every database": HUGE}[whose]
    status, body = get(charlie, route.format(id=id))
    assert (status, body["code"]) == (404, "not_found")
    assert str(id) not in body["message"]


def test_an_unknown_address_is_answered_in_kind(get, alice):
    assert get(alice, "no/such/thing")[1]["code"] == "not_found"


def test_a_session_needs_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_wrong_method_is_invalid(alice):
    client = Client()
    client.force_login(alice)
    answer = client.delete("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (405, "invalid")


def test_a_store_that_is_away_is_busy(get, alice, monkeypatch):
    def away(**_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(listing, "conversations", away)
    status, body = get(alice, "conversations")
    assert (status, body["code"]) == (503, "busy")
    assert "refused" not in body["message"]
