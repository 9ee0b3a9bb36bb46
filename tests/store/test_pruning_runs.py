"""Who prunes: the worker every so often, the command, several at once; and what is told of it."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from messages_store import pruning
from messages_store.models import Chore, Delivery, Message, Pruning
from messages_store.pruning import Pruner, Sweep
from messages_store.services import conversations, receipts, workers
from messages_store.services.pruning import Days
from messages_store.shift import Shift
from tests.conftest import make_user

from .at_once import patient, together  # noqa: F401 (a fixture for those at once)
from .look import assert_seqs_whole, drafts, say
from .moved import later
from .pruned import MONTH, box, prune

pytestmark = pytest.mark.django_db


# By the worker and the command


def test_a_worker_prunes_every_so_often(bob, old, settings):
    settings.IM_INBOX_DAYS = 30
    shift = Shift()
    while shift.step():
        pass
    assert box(bob)[0] == 3
    receipts.ack(user_id=bob.pk, seq=5)
    later(days=31)
    Chore.objects.filter(name=pruning.CHORE).update(next_at=workers.now() + timedelta(hours=1))
    assert Pruner().step() == 0
    assert box(bob)[0] == 3
    later(hours=2)
    pruner = Pruner()
    while pruner.step():
        pass
    assert box(bob)[0] == 5
    assert pruner.step() == 0


def test_a_bug_is_met_again_in_the_next_run_only(bob, old, settings, monkeypatch):
    settings.IM_INBOX_DAYS = 30
    pruner = Pruner()
    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "step", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pruner.step()
    assert pruner.step() == 0
    later(days=1)
    pruner = Pruner()
    while pruner.step():
        pass
    assert box(bob)[0] == 3


def test_the_command_tells_what_went(bob, old, capsys, settings):
    call_command("prune", "--inbox-days=30")
    assert capsys.readouterr().out.startswith("Done: 8 inbox entries in ")
    settings.IM_UNSENT_DAYS = 31
    call_command("prune")
    assert capsys.readouterr().out.startswith("Done: 2 inbox entries in ")
    call_command("prune", "--message-days=31")
    assert capsys.readouterr().out.startswith("Done: 0 inbox entries, 5 messages, 0 notifications in ")
    with pytest.raises(CommandError, match="number of days"):
        call_command("prune", "--inbox-days=-1")


def test_how_far_it_is_stands_in_the_admin(bob, old, client, admin_client, settings):
    settings.IM_PRUNE_CHUNK = 1
    sweep = Sweep(MONTH)
    for _ in range(3):
        sweep.step()
    row = Pruning.objects.get()
    assert (row.what, row.ended_at, row.done, row.total) == ("entries", None, 2, 2)
    page = admin_client.get("/admin/messages_store/pruning/").content.decode()
    assert "inbox entries" in page
    while sweep.step():
        pass
    row.refresh_from_db()
    assert (row.ended_at is None, row.done, row.total) == (False, 8, 8)
    prune(MONTH)
    row.refresh_from_db()
    assert (row.done, row.total) == (0, 8)
    assert workers.standing().pruned == {"entries": 8}


def test_a_run_that_finds_another_one_says_so_and_leaves_its_row_to_it(bob, old, settings, capsys):
    settings.IM_PRUNE_CHUNK = 1
    first = Sweep(MONTH)
    for _ in range(3):
        first.step()
    call_command("prune", "--inbox-days=30")
    told = capsys.readouterr().out
    assert told.startswith("Done: 6 inbox entries in ")
    assert "Another run was at it too: the admin shows how far that one is with inbox entries." in told
    row = Pruning.objects.get()
    assert (row.ended_at, row.done, row.total) == (None, 2, 8)
    while first.step():
        pass
    row.refresh_from_db()
    assert (row.ended_at is None, row.done, row.total) == (False, 2, 8)
    call_command("prune", "--inbox-days=30")
    assert "Another run" not in capsys.readouterr().out


def test_a_run_that_was_killed_keeps_its_row_for_a_minute(bob, old, settings):
    settings.IM_PRUNE_CHUNK = 1
    killed = Sweep(MONTH)
    for _ in range(3):
        killed.step()
    for by, beside in ((59, ["inbox entries"]), (2, [])):
        later(seconds=by)
        sweep = Sweep(MONTH)
        sweep.step()
        assert [str(label) for label in sweep.beside] == beside


# At once


@pytest.mark.django_db(transaction=True)
def test_two_at_once_delete_each_entry_once(alice, bob, settings):
    settings.IM_PRUNE_CHUNK = 3
    people = [make_user(f"person{n}") for n in range(8)]
    room = conversations.create_group(creator=alice, title="many", members=people)
    for _ in range(4):
        say(*drafts(alice, room, 5))
    receipts.record(acks={person.pk: 20 for person in people}, reads={})
    later(days=366)
    found = together(*(lambda: prune_alone(Days(inbox=30, message=365)) for _ in range(3)))
    assert sum(one["entries"] for one in found) == 9 * 20
    assert sum(one["messages"] for one in found) == 20
    assert Delivery.objects.count() == Message.objects.count() == 0
    assert_seqs_whole()


def prune_alone(days: Days) -> dict[str, int]:
    sweep = Sweep(days)
    while sweep.step():
        pass
    return {str(stage.what): stage.done for stage in sweep.stages}
