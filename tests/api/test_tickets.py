"""POST tickets: for whoever is signed in, by session or by token."""

import pytest
from django.test import Client

from messages_store.models import Ticket
from messages_store.services import tickets, tokens

ADDRESS = "/api/v1/tickets"


@pytest.mark.django_db
def test_nobody_gets_none():
    answer = Client().post(ADDRESS)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert not Ticket.objects.exists()


def test_a_session_gets_one_that_is_bound_to_it(alice):
    client = Client()
    client.force_login(alice)
    answer = client.post(ADDRESS)
    assert answer.status_code == 201
    assert answer.json() == {"ticket": answer.json()["ticket"], "expires_in": 30}
    asker = tickets.redeem(answer.json()["ticket"])
    assert (asker.user, asker.session_key) == (alice, client.session.session_key)


def test_a_token_gets_one_that_is_bound_to_it(alice):
    answer = Client().post(ADDRESS, headers={"Authorization": f"Token {alice.key}"})
    asker = tickets.redeem(answer.json()["ticket"])
    assert (asker.user, asker.token, asker.session_key) == (alice, tokens.digest(alice.key), "")


def test_a_session_needs_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(ADDRESS).status_code == 403
    csrf = client.cookies["csrftoken"] = "x" * 32
    assert client.post(ADDRESS, "{}", "application/json", headers={"X-CSRFToken": csrf}).status_code == 201


def test_asking_with_get_is_invalid(alice):
    assert Client().get(ADDRESS, headers={"Authorization": f"Token {alice.key}"}).status_code == 405
