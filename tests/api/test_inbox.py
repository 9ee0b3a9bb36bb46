"""The events by polling: the same frames as on the socket."""

import json

import pytest
from django.test import Client

from messages_store import ringing
from messages_store.models import Delivery, Inbox
from messages_store.services import receipts


@pytest.fixture
def filled(direct, alice, say):
    say(direct, alice, "one", "two", "three")


def test_the_frames_with_epoch_and_head(get, bob, direct, filled):
    status, body = get(bob, "inbox", after=1)
    assert status == 200
    assert (body["epoch"], body["head"], body["resync"]) == (Inbox.objects.get(user=bob).epoch, 3, False)
    assert [(frame["type"], frame["seq"], frame["message"]["body"]) for frame in body["results"]] == [
        ("message", 2, "two"),
        ("message", 3, "three"),
    ]


def test_a_limit(get, bob, filled):
    assert [frame["seq"] for frame in get(bob, "inbox", after=0, limit=2)[1]["results"]] == [1, 2]
    assert get(bob, "inbox", after=0, limit=0)[1]["results"] == []


def test_without_a_place_after_what_was_acknowledged(get, bob, filled):
    receipts.ack(user_id=bob.pk, seq=2)
    assert [frame["seq"] for frame in get(bob, "inbox")[1]["results"]] == [3]


def test_a_place_that_was_pruned_or_never_was_says_resync(get, bob, filled):
    receipts.ack(user_id=bob.pk, seq=3)
    Inbox.objects.filter(user=bob).update(floor_seq=2)
    Delivery.objects.filter(recipient=bob, seq__lte=2).delete()
    assert get(bob, "inbox", after=1)[1]["resync"] is True
    assert get(bob, "inbox", after=2)[1]["resync"] is False
    assert get(bob, "inbox", after=4)[1]["resync"] is True


def test_who_never_got_anything_has_an_empty_inbox(get, charlie, filled):
    body = get(charlie, "inbox")[1]
    assert (body["head"], body["results"]) == (0, [])
    assert body["epoch"]


def test_reading_is_no_acknowledgement(get, bob, filled):
    get(bob, "inbox", after=0)
    assert Inbox.objects.get(user=bob).acked_seq == 0


def test_queries_do_not_grow_with_the_page(queries_of, alice, bob, direct, filled, say):
    few = queries_of(bob, "inbox", after=0)
    say(direct, alice, *("more" for _ in range(50)))
    assert queries_of(bob, "inbox", after=0) == few <= 8


def test_pages_tell_where_to_go_on(get, bob, filled):
    assert get(bob, "inbox", after=0, limit=2)[1]["next"] == 2
    assert get(bob, "inbox", after=2, limit=2)[1]["next"] is None
    assert get(bob, "inbox", after=0, limit=0)[1]["next"] is None


# POST inbox/ack


@pytest.fixture
def ack():
    """ack(bob, seq=2): (status, body)."""

    def ack(user, **body):
        client = Client()
        if user is not None:
            client.force_login(user)
        answer = client.post("/api/v1/inbox/ack", body, "application/json")
        return answer.status_code, answer.json()

    return ack


@pytest.fixture
def rung(monkeypatch):
    """What is rung: the frames by user."""
    hints = {}

    class Bell:
        def hint(self, frames):
            for user, told in frames.items():
                hints.setdefault(user, []).extend(json.loads(frame) for frame in told)

    monkeypatch.setattr(ringing, "_installed", [Bell()])
    return hints


def statuses(user):
    return list(Delivery.objects.filter(recipient=user).order_by("seq").values_list("status", flat=True))


def test_an_ack_makes_sent_and_moves_the_cursor(get, ack, bob, filled):
    status, body = ack(bob, seq=2)
    assert (status, body) == (200, {"epoch": Inbox.objects.get(user=bob).epoch, "head": 3, "acked": 2})
    assert statuses(bob) == ["sent", "sent", "unsent"]
    assert [frame["seq"] for frame in get(bob, "inbox")[1]["results"]] == [3]


@pytest.mark.parametrize(("seq", "acked"), [(0, 2), (1, 2), (3, 3), (4, 3), (2**63 - 1, 3)])
def test_it_moves_neither_backwards_nor_beyond_the_head(ack, bob, filled, seq, acked):
    ack(bob, seq=2)
    assert ack(bob, seq=seq)[1]["acked"] == acked


def test_what_comes_after_an_ack_beyond_the_head_is_unsent(ack, alice, bob, direct, filled, say):
    ack(bob, seq=1_000)
    say(direct, alice, "four")
    assert statuses(bob) == ["sent"] * 3 + ["unsent"]


@pytest.mark.django_db(transaction=True)
def test_the_others_hear_of_it_once(ack, alice, bob, charlie, direct, filled, rung):
    ack(bob, seq=2)
    assert rung == {alice.pk: [{"type": "marks", "conversation": direct.pk, "user": bob.pk, "sent": 2}]}
    rung.clear()
    ack(bob, seq=2)
    assert rung == {}


def test_another_epoch_is_a_conflict_and_acknowledges_nothing(ack, bob, filled):
    status, body = ack(bob, seq=3, epoch="another")
    assert (status, body["code"]) == (409, "conflict")
    assert statuses(bob) == ["unsent"] * 3
    assert ack(bob, seq=3, epoch=Inbox.objects.get(user=bob).epoch)[0] == 200


def test_nobody_acknowledges_nothing(ack, filled):
    assert ack(None, seq=1)[0] == 401


def test_who_never_got_anything_may_say_so(ack, charlie):
    assert ack(charlie, seq=0)[1]["acked"] == 0
