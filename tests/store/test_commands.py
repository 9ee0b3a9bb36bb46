"""manage.py notify and manage.py worker, but for what only processes show (tests/cluster)."""

import pytest
from django.core.management import CommandError, call_command

from messages_store import working
from messages_store.models import Message, Notification
from messages_store.services import notifying, sending

from .look import inbox
from .moved import later

pytestmark = pytest.mark.django_db(transaction=True)


def run(capsys, *arguments: str) -> str:
    call_command(*arguments)
    return capsys.readouterr().out


def test_some_are_notified_from_the_shell(capsys, alice, bob, charlie):
    told = run(
        capsys, "notify", "--to=alice, bob", "--title=Lunch", "--body=Soup", "--url=/menu", "--level=urgent",
        '--data={"soup": 1}',
    )  # fmt: skip
    notification = Notification.objects.get()
    assert told == f"Notification {notification.pk}: 2 of 2 inboxes.\n"
    assert (inbox(alice), inbox(bob), inbox(charlie)) == ([(1, "Soup", "unsent")], [(1, "Soup", "unsent")], [])
    assert Message.objects.get().data == {"title": "Lunch", "url": "/menu", "level": "urgent", "data": {"soup": 1}}
    assert notification.sender is None


def test_members_or_everyone_are_notified_from_the_shell(capsys, alice, bob, charlie, direct):
    assert "2 of 2" in run(capsys, "notify", f"--conversations={direct.pk}", "--title=x")
    assert "3 of 3" in run(capsys, "notify", "--everyone", "--title=x")


def test_with_a_key_it_is_sent_once(capsys, alice):
    assert run(capsys, "notify", "--to=alice", "--title=x", "--key=k") == run(
        capsys, "notify", "--to=alice", "--title=x", "--key=k"
    )
    assert len(inbox(alice)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--title=x"],
        ["--to=alice", "--everyone", "--title=x"],
        ["--to=alice"],
        ["--to=nobody", "--title=x"],
        ["--to=,", "--title=x"],
        ["--to=alice", "--title="],
        ["--to=alice", "--title=x", "--url=javascript:alert(1)"],
        ["--to=alice", "--title=x", "--level=fatal"],
        ["--to=alice", "--title=x", "--data=[1]"],
        ["--to=alice", "--title=x", "--data={"],
        ["--to=alice", "--title=x", "--key=two words"],
        ["--conversations=x", "--title=x"],
    ],
)
def test_what_is_wrong_ends_with_a_sentence(alice, arguments):
    with pytest.raises(CommandError):
        call_command("notify", *arguments)
    assert not Message.objects.exists()


def test_what_waits_is_worked_off(capsys, alice, bob, charlie, monkeypatch):
    monkeypatch.setattr(notifying, "CHUNK", 1)
    told = run(capsys, "notify", "--everyone", "--title=x")
    assert told.endswith("0 of 3 inboxes.\nA worker delivers the rest.\n")
    assert run(capsys, "worker", "--once").startswith("Delivered to 3 inboxes in ")
    assert [len(inbox(user)) for user in (alice, bob, charlie)] == [1, 1, 1]
    assert run(capsys, "worker", "--once").startswith("Delivered to 0 inboxes in ")


def test_a_worker_reminds_of_what_waits(capsys, caplog, alice, bob, direct, draft, settings):
    settings.IM_NOTIFIERS = ["log"]
    sending.send([draft(alice, direct)])
    later(seconds=11)
    with caplog.at_level("INFO"):
        run(capsys, "worker", "--once")
        run(capsys, "worker", "--once")
    assert caplog.text.count(f"for user {bob.pk}: messages 1, conversations 1,") == 1


def test_what_cannot_be_worked_off_is_told(alice, bob, monkeypatch):
    monkeypatch.setattr(notifying, "CHUNK", 1)
    call_command("notify", "--everyone", "--title=x")
    monkeypatch.setattr(working, "serve", lambda notification_id: 0)
    with pytest.raises(CommandError, match="Not finished: 1 of the notifications"):
        call_command("worker", "--once")
