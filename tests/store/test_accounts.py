"""What people do about their own account, and what two do at once."""

import pytest

from messages_store.errors import NameTaken, NotFound
from messages_store.models import Inbox, User
from messages_store.services import accounts

pytestmark = pytest.mark.django_db


def test_who_signs_up_has_an_inbox_and_no_rights():
    zoe = accounts.sign_up(username="zoe", password="correct horse", display_name="Zoë")
    assert (zoe.name, zoe.kind, zoe.is_staff, zoe.is_superuser) == ("Zoë", "user", False, False)
    assert zoe.check_password("correct horse")
    assert Inbox.objects.filter(user=zoe).exists()


def test_of_two_who_take_one_name_at_once_the_database_lets_one(alice):
    """The form has asked before, when the name was free."""
    with pytest.raises(NameTaken):
        accounts.sign_up(username="alice", password="correct horse")
    assert User.objects.count() == 1


def test_a_wish_says_whose_it_is_and_comes_true_once(alice):
    token = accounts.wish(user=alice, address="alice@example.com")
    assert accounts.read_wish(token=token) == accounts.Wish(alice, "alice@example.com")
    accounts.fulfil_wish(token=token)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    with pytest.raises(NotFound):
        accounts.fulfil_wish(token=token)


def test_of_two_wishes_the_first_that_comes_true_makes_the_other_void(alice):
    first, second = (accounts.wish(user=alice, address=f"{name}@example.com") for name in "ab")
    accounts.fulfil_wish(token=second)
    with pytest.raises(NotFound):
        accounts.fulfil_wish(token=first)


def test_a_wish_that_was_read_and_then_overtaken_does_not_come_true(alice, monkeypatch):
    """Between the look and the write somebody changes the password."""
    token = accounts.wish(user=alice, address="a@example.com")
    read = accounts.read_wish

    def then_changed(*, token):
        found = read(token=token)
        User.objects.update(password="another")
        return found

    monkeypatch.setattr(accounts, "read_wish", then_changed)
    with pytest.raises(NotFound):
        accounts.fulfil_wish(token=token)
    assert User.objects.get().email == ""


def test_a_disabled_account_has_no_wishes(alice):
    token = accounts.wish(user=alice, address="a@example.com")
    User.objects.update(is_active=False)
    with pytest.raises(NotFound):
        accounts.read_wish(token=token)
