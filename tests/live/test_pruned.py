"""Devices that come back, or are there, while what they have not got is kept no longer. By the real pruning."""

import pytest

from messages_store.models import Delivery, Inbox
from messages_store.pruning import Sweep
from messages_store.services import reading, receipts
from messages_store.services.pruning import Days
from tests.store.moved import later

from .rigged import heads_only


@pytest.fixture
def prune(store):
    """A month later, entries that were acknowledged are pruned: await prune()."""

    def prune() -> None:
        later(days=31)
        sweep = Sweep(Days(inbox=30))
        while sweep.step():
            pass

    return lambda: store(prune)


@pytest.fixture
def acked(store):
    """Another device acknowledges: await acked(bob, 3)."""
    return lambda user, seq: store(receipts.ack, user_id=user.pk, seq=seq)


def prune_by_hand(user, seq: int) -> None:
    Delivery.objects.filter(recipient=user, seq__lte=seq).delete()
    Inbox.objects.filter(user=user).update(floor_seq=seq, acked_seq=seq)


async def test_a_device_that_was_away_fetches_the_state_and_loses_nothing(
    alice, bob, direct, connect, acked, prune, store
):
    a, b = await connect(alice), await connect(bob)
    await a.tell("before", to=bob.pk)
    assert await b.seqs(1) == [1]
    epoch = b.welcome["epoch"]
    await b.leave()
    for n in range(4):
        await a.tell(f"m{n}", to=bob.pk)
    await acked(bob, 4)  # by another device
    await prune()
    b = await connect(bob, epoch=epoch, seq=1)
    assert (b.welcome["resync"], b.welcome["from"], b.welcome["unread"]) == (True, 5, 5)
    history = await store(reading.history, user_id=bob.pk, conversation_id=direct.pk)
    assert [message.body for message in history] == ["before", "m0", "m1", "m2", "m3"]
    await a.tell("new", to=bob.pk)
    assert (await b.expect("message"))["seq"] == 6


async def test_a_device_at_the_floor_or_without_a_place_goes_on(alice, bob, direct, connect, acked, prune):
    a = await connect(alice)
    for n in range(4):
        await a.tell(f"m{n}", to=bob.pk)
    await acked(bob, 2)
    await prune()
    for place in ({"seq": 2}, {}):
        b = await connect(bob, **place)
        assert "resync" not in b.welcome
        assert await b.seqs(2) == [3, 4]


@pytest.mark.parametrize("upto", [4, 6])
async def test_who_is_overtaken_while_connected_is_told_to_come_again(
    alice, bob, direct, connect, store, settings, upto
):
    """6: nothing is left that could be read, and still it is not taken for having everything."""
    settings.IM_WINDOW = 2
    a, b = await connect(alice), await connect(bob)
    for n in range(6):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(2) == [1, 2]
    await store(prune_by_hand, bob, upto)
    await b.ack(2)
    bye = await b.said_bye()
    assert (bye["code"], bye["reconnect_after"]) == (4000, 0)
    b = await connect(bob, seq=2)
    assert (b.welcome["resync"], b.welcome["from"]) == (True, 6)


async def test_a_notification_that_is_kept_below_the_floor_hides_no_gap(alice, bob, direct, connect, store, settings):
    settings.IM_WINDOW = 2
    a, b = await connect(alice), await connect(bob)
    for n in range(6):
        await a.tell(str(n), to=bob.pk)
    assert await b.seqs(2) == [1, 2]

    def prune():
        kept = Delivery.objects.get(recipient=bob, seq=3)
        prune_by_hand(bob, 5)
        kept.status, kept.is_notification = "unsent", True
        kept.save()

    await store(prune)
    await b.ack(2)
    assert (await b.said_bye())["code"] == 4000


async def test_a_send_that_is_repeated_after_a_month_is_answered(alice, bob, direct, connect, prune):
    a = await connect(alice)
    said = {"type": "send", "client_id": "6b2f5f4e-8f35-4a8a-9f0e-0123456789ab", "to": bob.pk, "body": "once"}
    await a.send(said)
    first = await a.expect("accepted")
    for n in range(2):
        await a.tell(str(n), to=bob.pk)
    await prune()
    again = await connect(alice)
    await again.send(said)
    answer = await again.expect("accepted")
    assert answer == first | {"seq": 3, "created_at": answer["created_at"]}  # which was moved, not the clock
    assert answer["seq"] <= again.welcome["from"]  # so nobody's cursor moves


async def test_what_is_rung_meanwhile_still_comes(alice, bob, direct, rigged_node, rigged, connect, acked, prune):
    """The ring told of an event alone; what is before it is read, up to a floor that the device is above."""
    a, b = await connect(alice), await connect(bob)
    await a.tell("one", to=bob.pk)
    assert await b.seqs(1) == [1]
    await b.ack(1)
    await acked(bob, 1)
    await prune()
    rigged.rule = heads_only
    await a.tell("two", to=bob.pk)
    assert await b.seqs(1) == [2]
