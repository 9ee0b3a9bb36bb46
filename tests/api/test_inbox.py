"""The events by polling: the same frames as on the socket."""

import pytest

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
