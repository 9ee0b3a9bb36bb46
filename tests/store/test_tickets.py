"""Tickets: one socket each, soon, and for nobody who is not signed in any more."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from messages_store.models import Ticket, Token, User
from messages_store.services import tickets, tokens
from messages_store.services.tickets import Asker

from .test_concurrency import together

pytestmark = pytest.mark.django_db


def age(**by) -> None:
    Ticket.objects.update(expires_at=Now() - timedelta(**by))


def test_a_ticket_is_given_back_once(alice):
    ticket = tickets.issue(asker=Asker(alice, session_key="k"))
    assert tickets.redeem(ticket) == Asker(alice, session_key="k")
    assert tickets.redeem(ticket) is None


def test_only_its_digest_is_stored(alice):
    ticket = tickets.issue(asker=Asker(alice))
    assert ticket not in repr(Ticket.objects.values_list())


def test_it_is_good_for_a_while_only(alice, settings):
    settings.IM_TICKET_SECONDS = 30
    ticket = tickets.issue(asker=Asker(alice))
    left = Ticket.objects.get().expires_at - timezone.now()
    assert timedelta(seconds=25) < left <= timedelta(seconds=31)
    age(seconds=0.01)
    assert tickets.redeem(ticket) is None


def test_a_node_whose_clock_is_wrong_gives_it_no_more_time(alice, monkeypatch):
    """The database's clock counts, for issuing and for redeeming."""
    ticket = tickets.issue(asker=Asker(alice))
    monkeypatch.setattr(timezone, "now", lambda: timezone.datetime(2040, 1, 1, tzinfo=timezone.UTC))
    assert tickets.redeem(ticket) is not None
    late = tickets.issue(asker=Asker(alice))
    monkeypatch.undo()
    assert Ticket.objects.get().expires_at < timezone.now() + timedelta(minutes=1)
    assert tickets.redeem(late) is not None


def test_the_next_one_clears_away_what_is_too_old(alice):
    tickets.issue(asker=Asker(alice))
    age(seconds=1)
    tickets.issue(asker=Asker(alice))
    assert Ticket.objects.count() == 1


def test_with_its_token_it_is_gone(alice):
    ticket = tickets.issue(asker=Asker(alice, token=tokens.digest(alice.key)))
    Token.objects.all().delete()
    assert tickets.redeem(ticket) is None


def test_after_its_tokens_time_it_opens_nothing(alice):
    ticket = tickets.issue(asker=Asker(alice, token=tokens.digest(alice.key)))
    Token.objects.update(expires_at=Now())
    assert tickets.redeem(ticket) is None


def test_it_is_good_for_what_its_token_is_good_for(alice):
    Token.objects.update(scopes=["inbox:read"])
    ticket = tickets.issue(asker=Asker(alice, token=tokens.digest(alice.key)))
    assert tickets.redeem(ticket).scopes == ("inbox:read",)


def test_who_was_disabled_has_none(alice):
    ticket = tickets.issue(asker=Asker(alice))
    User.objects.update(is_active=False)
    assert tickets.redeem(ticket) is None


@pytest.mark.parametrize("ticket", ["", "unknown", "\0", "\ud800", "x" * 100_000])
def test_what_is_no_ticket_is_nobodys(alice, ticket):
    tickets.issue(asker=Asker(alice))
    assert tickets.redeem(ticket) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_with_it_at_once_one_gets_in(alice):
    for _ in range(5):
        ticket = tickets.issue(asker=Asker(alice))
        found = together(*(lambda ticket=ticket: tickets.redeem(ticket) for _ in range(8)))
        assert sum(one is not None for one in found) == 1
